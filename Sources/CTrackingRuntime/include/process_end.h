#ifndef CTRACKING_PROCESS_END_H
#define CTRACKING_PROCESS_END_H

// How the last records are written when the process ends by exit, by a return from main or by quick_exit.
//
// The thread that ends the process may have been in the middle of malloc, of the dynamic linker or of our own locks when a
// signal handler called exit. So it takes no lock and allocates nothing: it wakes a thread of ours, and waits for its answer
// on a futex, for a bounded time.

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(hidden)

/// Registers the handlers that ask for the end; further calls change the time only.
///
/// In the child of a fork they do nothing.
///
/// - Parameter patience: How long the exiting thread waits, in nanoseconds; 0 neither waits nor asks.
/// - Returns: 0, or -1 where libc takes no more handlers.
int ct_end_watch(uint64_t patience);

/// Counts the runs that answer, up or down; the exiting thread waits only where there is one.
void ct_end_expect(int change);

/// The word behind which the thread waits that answers; see ct_waker_wait.
uint32_t *_Nonnull ct_end_bell(void);

/// Until when the exiting thread waits, on the monotonic clock in nanoseconds; 0 while the process does not end.
uint64_t ct_end_deadline(void);

/// Lets the exiting thread go on: all is written.
void ct_end_answer(void);

/// Looks for a process that this one forked and that has not become another program: a program that makes itself a daemon.
///
/// - Returns: The identifier of one that goes on; that of one that has ended, negative, as it may have forked another; 0 where
///   there is none or the kernel does not tell.
int ct_forked_child(void);

/// Whether the wait is over: other handlers and destructors of the host run, and nothing of its may be used any more.
int ct_end_is_over(void);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
