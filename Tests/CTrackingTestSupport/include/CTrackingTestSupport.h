#ifndef CTRACKING_TEST_SUPPORT_H
#define CTRACKING_TEST_SUPPORT_H

#include <stddef.h>
#include <stdint.h>

/// Heap allocations (malloc, calloc, realloc, aligned_alloc, posix_memalign) of the calling thread since it began.
///
/// Linking this target interposes the allocator's entry points for the whole program.
uint64_t ctt_thread_allocations(void);

/// The sanitizer that the tests were built with, or null: what it changes in a process no test can expect to be as usual.
const char *ctt_sanitizer(void);

/// 0 where a sanitizer has an allocator of its own, so that the two functions below tell nothing.
int ctt_counts_allocations(void);

/// Usable bytes (malloc_usable_size) of the blocks that the calling thread allocated, less those that it freed.
///
/// Negative on a thread that frees what others allocated.
int64_t ctt_thread_live_bytes(void);

/// What a copy of this process ends with that calls malloc or free.
enum { CTT_ALLOCATED = 99 };

/// Has copies of this process end that call malloc or free, or not any more.
void ctt_forbid_allocations_in_copies(int is_forbidden);

/// malloc_usable_size(3), which Swift's Glibc module leaves out.
size_t ctt_usable_size(const void *block);

/// Takes a lock of the whole test program if it is free; returns 1 if it was.
///
/// Suites of several test targets run side by side in one process, and some look at what the process has only one of.
int ctt_try_lock(void);

/// Gives the lock back.
void ctt_unlock(void);

/// Faults `count` times with a host's handler in front that leaves by siglongjmp; `between` is called after each.
///
/// Returns how many of the faults the handler was called for. Faults of other threads go to the handler before.
int ctt_jump_out_of_faults(int count, void (*between)(void));

/// Has clone(2) fail with EPERM for the calling thread, for good, as a service manager's filter of system calls would; returns
/// 0, or an errno.
int ctt_forbid_clone(void);

/// Has the next process of the calling thread begin a process namespace; returns 0, or an errno.
int ctt_leave_namespace(void);

/// Maps so many bytes with a protection of mmap(2), of memory or of a file with a single page in it.
///
/// Memory is mapped where nobody else maps any, so that its addresses stay without memory when it was unmapped.
void *ctt_map(size_t bytes, int protection, int is_beyond_file);

/// Takes all locks of a registry of objects, whatever else its threads want.
void ctt_lock_shards(void *registry);

/// Gives them back.
void ctt_unlock_shards(void *registry);

/// fork(2), which Swift's Glibc module marks as unavailable: tests look at a forked child on purpose.
int ctt_fork(void);

#endif
