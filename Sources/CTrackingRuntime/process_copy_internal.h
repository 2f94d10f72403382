#ifndef CT_PROCESS_COPY_INTERNAL_H
#define CT_PROCESS_COPY_INTERNAL_H

/// What a copy ends with where `body` did not end it. Above 128: 128 and the number of a fault's signal.
enum { EXIT_ORPHANED = 126 };

/// Has faults of guarded reads handled in a copy of the process, where all other faults end it at once.
void ct_guard_copy(void);

/// Notes where the calling thread's stack lies, or forgets it: to ask glibc is to allocate, which a copy must not.
void ct_note_stack(int is_noted);

#endif
