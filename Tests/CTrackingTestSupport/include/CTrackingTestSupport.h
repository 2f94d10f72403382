#ifndef CTRACKING_TEST_SUPPORT_H
#define CTRACKING_TEST_SUPPORT_H

#include <stdint.h>

/// Heap allocations (malloc, calloc, realloc, aligned_alloc, posix_memalign) of the calling thread since it began.
///
/// Linking this target interposes the allocator's entry points for the whole program.
uint64_t ctt_thread_allocations(void);

/// fork(2), which Swift's Glibc module marks as unavailable: tests look at a forked child on purpose.
int ctt_fork(void);

#endif
