#ifndef CTRACKING_FORKS_H
#define CTRACKING_FORKS_H

// Identifies the process: a forked child inherits locks that are held by threads it does not have.

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

/// Returns the process identifier without a system call: cached, and renewed in the child of a fork.
///
/// Every use of a descriptor or a lock needs it, several times a sample; glibc's getpid is a system call since 2.25. A
/// child made by a bare clone system call, which runs no fork handlers, is not noticed.
int ct_process_id(void);

/// Indicates whether the program has more privileges than the user who started it (setuid, file capabilities), so that
/// it must not trust the environment.
int ct_has_raised_rights(void);

/// Indicates whether the process was forked from the one that tracks. Nothing is recorded then: a lock may be held by a
/// thread that does not exist in the child.
int ct_tracking_is_forked(void);

/// Indicates whether Dispatch has created threads in this process. If so, a forked child must call exec in any case,
/// because Dispatch does not work in it. Returns -1 if Dispatch cannot be asked.
int ct_dispatch_has_threads(void);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
