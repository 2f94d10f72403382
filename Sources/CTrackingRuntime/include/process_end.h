#ifndef CTRACKING_PROCESS_END_H
#define CTRACKING_PROCESS_END_H

// Writes the last records when the process ends by exit, by a return from main or by quick_exit.
//
// A signal handler may have called exit in the middle of malloc, of the dynamic linker or of our own locks. So the
// exiting thread takes no lock and allocates nothing: it wakes a thread of the tracker, and waits for its answer on a
// futex, for a bounded time.

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(hidden)

/// Registers the exit handlers; further calls change the time only.
///
/// In the child of a fork the handlers do nothing.
///
/// - Parameter patience: The nanoseconds for which the exiting thread waits; 0 for no waiting.
/// - Returns: 0, or -1 if libc accepts no more handlers.
int ct_end_watch(uint64_t patience);

/// Changes the number of trackers that answer; the exiting thread waits only if there is one.
void ct_end_expect(int change);

/// Returns the word on which the answering thread waits; see ct_waker_wait.
uint32_t *_Nonnull ct_end_bell(void);

/// Returns the monotonic time in nanoseconds until which the exiting thread waits; 0 while the process does not end.
uint64_t ct_end_deadline(void);

/// Lets the exiting thread continue, because everything is written.
void ct_end_answer(void);

/// Finds a process that this one forked and that has not called exec, as when a program daemonizes.
///
/// - Returns: The identifier of a running child; the negated identifier of one that has ended, which may have forked
///   another; 0 if there is none or the kernel does not report it.
int ct_forked_child(void);

/// Indicates whether the wait is over: the host's other handlers and destructors run, and none of its objects may be
/// used.
int ct_end_is_over(void);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
