#ifndef CT_SHIMS_INTERNAL_H
#define CT_SHIMS_INTERNAL_H

#pragma GCC visibility push(hidden)

/// Declares a thread-local variable. initial-exec: the general model may allocate on first use, which must not happen
/// in a signal handler nor in an allocation of the host.
#define CT_THREAD_STATE __thread __attribute__((tls_model("initial-exec")))

/// The number of nested sections in which the thread's new objects belong to the tracker.
extern CT_THREAD_STATE unsigned ct_own_depth;

/// Indicates whether this process has called fork since forks are watched; posix_spawn does not count.
int ct_has_forked(void);

/// Makes `ct_tracking_is_forked` report forks from now on.
void ct_watch_forks(void);

/// Keeps the object that contains this copy loaded until the process ends.
///
/// Call before storing an address of this object elsewhere: a handler, a hook, a thread, a word in a class. Otherwise,
/// a host that closes the library would unload it. The caller must hold no lock of the tracker, because the loader's is
/// taken.
void ct_stay_loaded(void);

#pragma GCC visibility pop

#endif
