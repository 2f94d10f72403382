#ifndef CTRACKING_THREADS_H
#define CTRACKING_THREADS_H

// Starts the tracker's threads, and lets one wait for another.

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

/// Starts a detached thread that receives no signals except faults and the signals by which the host stops all its
/// threads (`ct_renew_signals`).
///
/// A handler of the host must not run on our thread. SIGXFSZ in particular is blocked, which would end the host when a
/// file reaches RLIMIT_FSIZE. The mask is set before the thread exists, so that there is no moment without it.
///
/// - Parameters:
///   - name: The name in `ps -L`, `top -H` and core dumps; at most 15 bytes.
///   - stack: The bytes of its stack; 0 for the default.
/// - Returns: 0, or the error of pthread_create.
int ct_start_thread(
    const char *_Nonnull name, size_t stack, void (*_Nonnull body)(void *_Nonnull), void *_Nonnull context);

/// Unblocks the signals by which the host now stops its threads, on the calling thread, and blocks the others. Does
/// nothing on a thread that `ct_start_thread` has not started.
///
/// Call about once a second. The host's handlers are read at most once a second for all threads together.
void ct_renew_signals(void);

/// Returns how often `ct_waker_wake` was called for a word, which begins with 0.
uint32_t ct_waker_calls(const uint32_t *_Nonnull waker);

/// Wakes all threads that wait on a word, or are about to. Safe in a signal handler; keeps errno.
void ct_waker_wake(uint32_t *_Nonnull waker);

/// Waits until a word was woken more often than `calls` times, or until a monotonic time in nanoseconds; UINT64_MAX
/// waits without end.
void ct_waker_wait(uint32_t *_Nonnull waker, uint32_t calls, uint64_t deadline);

// MARK: Objects of the tracker's own

/// Begins a section in which objects that the calling thread creates belong to the tracker and are not recorded. Deaths
/// are recorded all the same. Threads of `ct_start_thread` start in such a section.
///
/// End each section by `ct_end_own_objects`.
void ct_own_objects(void);
void ct_end_own_objects(void);

/// Sets the number of nested sections, for example to 0 around a call of the host's code.
///
/// - Returns: The number before.
unsigned ct_exchange_own_objects(unsigned depth);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
