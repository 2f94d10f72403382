#ifndef CTRACKING_DISPATCH_DESCRIPTORS_H
#define CTRACKING_DISPATCH_DESCRIPTORS_H

// The descriptors of Dispatch.
//
// The thread that serves Dispatch's timers, its manager, has an epoll, an eventfd and one timerfd a clock, for the whole
// process and for good. Dispatch never asks what their numbers mean:
// - who activates, changes or cancels a timer writes eight bytes to the eventfd, and so does Dispatch itself after a handler
//   during which the timer came due twice more;
// - the manager sets the timerfd and its entry in the epoll after each firing, and waits for the epoll.
//
// Where the host has closed all descriptors and opened its database since, those bytes go into the database. So the
// tracker looks for the numbers, marks what is open there (as owned_descriptor.h does), and has nothing more to do with Dispatch
// when a mark is gone. The manager then sleeps in a wait that never ends: what it waits for has no number any more.
//
// The manager itself cannot be guarded: where a wait of its is interrupted after that (SIGSTOP and SIGCONT, a debugger, SIGPROF),
// Dispatch ends the process or spins, with and without the tracker.

#pragma GCC visibility push(hidden)

typedef enum {
    /// There are none in this process, as far as it can be seen.
    CT_DISPATCH_UNSEEN,
    /// Nobody can know: there is no /proc.
    CT_DISPATCH_HIDDEN,
    /// They are Dispatch's.
    CT_DISPATCH_INTACT,
    /// One of the numbers means something else, or nothing, since they were found. This is for good.
    CT_DISPATCH_LOST,
} ct_dispatch_descriptors;

/// Looks for the descriptors among all of the process, unless they are known, and whether they are still Dispatch's.
///
/// Takes about a microsecond for each descriptor of the process; for small work of the tracker's own threads. Allocates nothing.
ct_dispatch_descriptors ct_dispatch_look(void);

/// Whether those that were found are still Dispatch's; a system call for each, at most a microsecond in all.
ct_dispatch_descriptors ct_dispatch_check(void);

#pragma GCC visibility pop

#endif
