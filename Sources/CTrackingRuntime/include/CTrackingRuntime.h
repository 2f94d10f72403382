#ifndef CTRACKING_RUNTIME_H
#define CTRACKING_RUNTIME_H

// What Swift cannot express: calls that glibc declares for _GNU_SOURCE only, which Swift's Glibc module leaves out, and
// reads that may fault.
// Policy stays in Swift.

#include "aarch64_code.h"
#include "guarded_reads.h"
#include "debug_inlines.h"
#include "debug_lines.h"
#include "hidden_fields.h"
#include "process_copy.h"
#include "runtime_hooks.h"
#include "tracked_objects.h"
#include "traces.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Renames `from` to `to`, both below `directory`, and fails with EEXIST where rename(2) would replace `to`.
///
/// A rotation must never replace an earlier rotated file, and checking first would leave a gap between the check and
/// the rename.
///
/// - Returns: 0, or the errno of the failure.
int ct_rename_noreplace(int directory, const char *_Nonnull from, const char *_Nonnull to);

/// The process identifier, without a system call: kept, and renewed in the child of a fork.
///
/// Every use of a descriptor and of a lock asks for it, several times a sample; glibc's getpid is a system call since
/// 2.25. A child made by a bare clone system call, which runs no fork handlers, is not noticed.
int ct_process_id(void);

/// Whether the program has more rights than who started it (setuid, file capabilities), whose environment it must not
/// believe.
int ct_has_raised_rights(void);

/// Starts a detached thread in which every signal but those of faults is blocked.
///
/// Signals are the host's business: a handler of its must not run on our thread. SIGXFSZ above all stays away, which
/// would end the host when a file reaches RLIMIT_FSIZE. Faults are not blocked, or the host's crash handler would be
/// skipped. The mask is set before the thread exists, so that there is no moment without it.
///
/// - Parameters:
///   - name: For `ps -L`, `top -H` and core dumps; at most 15 bytes.
///   - stack: Bytes of its stack; 0 for as many as other threads have.
/// - Returns: 0, or the error of pthread_create.
int ct_start_thread(
    const char *_Nonnull name, size_t stack, void (*_Nonnull body)(void *_Nonnull), void *_Nonnull context);

/// How often the waiter behind a word, which begins with 0, was called.
uint32_t ct_waker_calls(const uint32_t *_Nonnull waker);

/// Calls the one thread that waits behind a word, or is about to.
void ct_waker_wake(uint32_t *_Nonnull waker);

/// Waits until a word's waiter was called more often than `calls` times, or until a moment on the monotonic clock, in
/// nanoseconds; UINT64_MAX is never. May return before that.
void ct_waker_wait(uint32_t *_Nonnull waker, uint32_t calls, uint64_t deadline);

/// Has glibc map blocks from so many bytes on by themselves, for good: they go back to the kernel when they are freed.
/// Left to itself, malloc raises the limit with each such block that is freed.
void ct_map_blocks(size_t bytes);

/// Whether malloc would give so many bytes: they are asked for and given back, untouched.
int ct_can_allocate(size_t bytes);

/// Bytes in use in glibc's heap, blocks that are mappings of their own included; takes malloc's locks.
size_t ct_heap_in_use(void);

/// Addresses from `begin` up to, not including, `end`.
typedef struct {
    uintptr_t begin, end;
} ct_range;

/// Where the segments of the program and its libraries lie in memory, all of them or those with code.
///
/// - Returns: How many there are; where that is more than `capacity`, the rest was left out.
size_t ct_image_ranges(ct_range *_Nullable ranges, size_t capacity, int with_code_only);

/// A number that is another one after a library has been loaded or unloaded.
uint64_t ct_image_generation(void);

#ifdef __cplusplus
}
#endif

#endif
