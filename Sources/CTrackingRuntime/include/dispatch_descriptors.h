#ifndef CTRACKING_DISPATCH_DESCRIPTORS_H
#define CTRACKING_DISPATCH_DESCRIPTORS_H

// Finds and checks Dispatch's file descriptors.
//
// The thread that serves Dispatch's timers, its manager, has an epoll, an eventfd and one timerfd for each clock, for
// the lifetime of the process. Dispatch never checks what their numbers refer to:
// - a thread that activates, changes or cancels a timer writes eight bytes to the eventfd, and so does Dispatch itself
//   after a handler during which the timer fired twice more;
// - the manager sets the timerfd and its entry in the epoll after each firing, and waits for the epoll.
//
// If the host closes all descriptors and then opens its database, those bytes are written to the database. So the
// tracker looks up the numbers, marks the open files (as owned_descriptor.h does), and stops using Dispatch when a mark
// is missing. The manager then sleeps for ever: the epoll on which it waits has no number any more.
//
// The manager itself cannot be guarded: if its wait is interrupted after that (SIGSTOP and SIGCONT, a debugger,
// SIGPROF), Dispatch ends the process or spins, with and without the tracker.

#pragma GCC visibility push(hidden)

typedef enum {
    /// No descriptor of Dispatch was found in this process.
    CT_DISPATCH_UNSEEN,
    /// They cannot be looked up: there is no /proc.
    CT_DISPATCH_HIDDEN,
    /// All numbers still refer to Dispatch's files.
    CT_DISPATCH_INTACT,
    /// One of the numbers refers to another file, or to none, since they were found. This state is final.
    CT_DISPATCH_LOST,
} ct_dispatch_descriptors;

/// Looks up Dispatch's descriptors among those of the process, unless they are known, and checks them.
///
/// Takes about a microsecond for each descriptor of the process. Call from the tracker's own threads only. Allocates
/// nothing.
ct_dispatch_descriptors ct_dispatch_look(void);

/// Checks whether the known descriptors are still Dispatch's: a system call for each, at most a microsecond in all.
ct_dispatch_descriptors ct_dispatch_check(void);

#pragma GCC visibility pop

#endif
