#ifndef CTRACKING_FORKS_H
#define CTRACKING_FORKS_H

// Which process this is: one that was forked holds locks of threads that it does not have.

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

/// The process identifier, without a system call: kept, and renewed in the child of a fork.
///
/// Every use of a descriptor and of a lock asks for it, several times a sample; glibc's getpid is a system call since
/// 2.25. A child made by a bare clone system call, which runs no fork handlers, is not noticed.
int ct_process_id(void);

/// Whether the program has more rights than who started it (setuid, file capabilities), whose environment it must not
/// believe.
int ct_has_raised_rights(void);

/// Whether the process was forked from the one that tracks. Then nothing is recorded any more: a lock may be held by a
/// thread that does not exist here.
int ct_tracking_is_forked(void);

/// Whether Dispatch has made threads in this process, so that a fork of it is bound to exec already: Dispatch does not work in
/// the child of a process in which it has threads. -1 where it cannot be asked.
int ct_dispatch_has_threads(void);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
