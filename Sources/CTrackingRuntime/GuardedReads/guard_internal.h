#ifndef CT_GUARD_INTERNAL_H
#define CT_GUARD_INTERNAL_H

#include "guarded_reads.h"

#pragma GCC visibility push(hidden)

/// Handles faults of guarded reads in a copy of the process, where all other faults end the copy at once.
void ct_guard_copy(void);

/// Stores or clears the bounds of the calling thread's stack: glibc allocates to determine them, which a copy must not
/// do.
void ct_note_stack(int is_noted);

#pragma GCC visibility pop

#endif
