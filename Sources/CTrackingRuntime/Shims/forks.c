#define _GNU_SOURCE
// Identifies the process: in the child of a fork, locks may be held by threads that do not exist there.

#include "forks.h"

#include "shims_internal.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/auxv.h>
#include <unistd.h>

static atomic_int process_id;

static void renew_process_id(void) {
    atomic_store_explicit(&process_id, getpid(), memory_order_relaxed);
}

static atomic_uint forks;

static void count_fork(void) {
    (void)atomic_fetch_add_explicit(&forks, 1, memory_order_relaxed);
}

static void renew_in_child(void) {
    renew_process_id();
    atomic_store_explicit(&forks, 0, memory_order_relaxed);
}

static void count_forks(void) { (void)pthread_atfork(NULL, count_fork, renew_in_child); }

int ct_has_forked(void) { return atomic_load_explicit(&forks, memory_order_relaxed) > 0; }

int ct_process_id(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    int known = atomic_load_explicit(&process_id, memory_order_relaxed);
    if (known != 0) {
        return known;
    }
    ct_stay_loaded();
    // Registers the handler first: a fork between the two calls would leave the child with its parent's identifier.
    pthread_once(&once, count_forks);
    renew_process_id();
    return atomic_load_explicit(&process_id, memory_order_relaxed);
}

int ct_has_raised_rights(void) { return getauxval(AT_SECURE) != 0; }

/// Indicates whether the process was forked after a registry was opened.
static atomic_int is_forked;

static void note_fork(void) { atomic_store(&is_forked, 1); }

static void note_forks(void) { (void)pthread_atfork(NULL, NULL, note_fork); }

void ct_watch_forks(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, note_forks);
}

int ct_tracking_is_forked(void) { return atomic_load_explicit(&is_forked, memory_order_relaxed); }

int ct_dispatch_has_threads(void) {
    typedef bool question(void);
    static _Atomic(question *) known;
    static atomic_int was_sought;

    // Once, because it takes the lock of the dynamic linker, which a thread of the host may hold for long.
    if (!atomic_exchange(&was_sought, 1)) {
        atomic_store(&known, (question *)dlsym(RTLD_DEFAULT, "_dispatch_is_multithreaded"));
    }
    question *ask = atomic_load(&known);
    return ask == NULL ? -1 : ask();
}
