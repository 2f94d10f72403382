#ifndef CT_SHIMS_INTERNAL_H
#define CT_SHIMS_INTERNAL_H

#pragma GCC visibility push(hidden)

/// A variable of each thread. initial-exec: the general model may allocate on first use, which neither a signal handler nor an
/// allocation of the host's can bear.
#define CT_THREAD_STATE __thread __attribute__((tls_model("initial-exec")))

/// How often the thread was told that what it creates is the tracker's, without being told the end of it.
extern CT_THREAD_STATE unsigned ct_own_depth;

/// Whether this process has called fork since the tracker was there; posix_spawn does not count.
int ct_has_forked(void);

/// Has `ct_tracking_is_forked` answer for forks from now on.
void ct_watch_forks(void);

/// Has the object that this copy lies in stay loaded for good.
///
/// To be called before anything outside of the object is given an address in it: a handler, a hook, a thread, a word in a
/// class. A host that closes the library would unload it otherwise. No lock of ours may be held, because the loader's is
/// taken.
void ct_stay_loaded(void);

#pragma GCC visibility pop

#endif
