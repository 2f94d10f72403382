#ifndef CT_GUARD_INTERNAL_H
#define CT_GUARD_INTERNAL_H

#include "guarded_reads.h"

#pragma GCC visibility push(hidden)

/// Has faults of guarded reads handled in a copy of the process, where all other faults end it at once.
void ct_guard_copy(void);

/// Notes where the calling thread's stack lies, or forgets it: to ask glibc is to allocate, which a copy must not.
void ct_note_stack(int is_noted);

#pragma GCC visibility pop

#endif
