#ifndef CTRACKING_THREADS_H
#define CTRACKING_THREADS_H

// Threads of the tracker, and how one waits for another.

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

/// Starts a detached thread that takes no signals but those of faults and those that each thread of a process is stopped by
/// (`ct_renew_signals`).
///
/// All others are the host's business: a handler of its must not run on our thread. SIGXFSZ above all stays away, which
/// would end the host when a file reaches RLIMIT_FSIZE. The mask is set before the thread exists, so that there is no moment
/// without it.
///
/// - Parameters:
///   - name: For `ps -L`, `top -H` and core dumps; at most 15 bytes.
///   - stack: Bytes of its stack; 0 for as many as other threads have.
/// - Returns: 0, or the error of pthread_create.
int ct_start_thread(
    const char *_Nonnull name, size_t stack, void (*_Nonnull body)(void *_Nonnull), void *_Nonnull context);

/// Lets the signals through to the calling thread by which the host stops its threads now, and blocks the others; does nothing
/// on a thread that is not of `ct_start_thread`.
///
/// The host is looked at once a second at most, whichever thread asks. To be called about that often.
void ct_renew_signals(void);

/// How often the waiter behind a word, which begins with 0, was called.
uint32_t ct_waker_calls(const uint32_t *_Nonnull waker);

/// Calls all threads that wait behind a word, or are about to. Safe in a signal handler; keeps errno.
void ct_waker_wake(uint32_t *_Nonnull waker);

/// Waits until a word's waiter was called more often than `calls` times, or until a moment on the monotonic clock, in
/// nanoseconds; UINT64_MAX is never.
void ct_waker_wait(uint32_t *_Nonnull waker, uint32_t calls, uint64_t deadline);

// MARK: Objects of the tracker's own

/// Has objects that the calling thread creates belong to the tracker: they are nobody's, and are not recorded. Deaths are
/// recorded all the same. Threads of `ct_start_thread` begin so.
///
/// Each call is ended by one of `ct_end_own_objects`.
void ct_own_objects(void);
void ct_end_own_objects(void);

/// Sets how many of them have not been ended, as to 0 around a call of the host's code.
///
/// - Returns: How many there were.
unsigned ct_exchange_own_objects(unsigned depth);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
