#define _GNU_SOURCE
// Starts the tracker's threads, and determines the signals that they receive.

#include "threads.h"

#include "clocks.h"
#include "owned_descriptor.h"
#include "shims_internal.h"
#include "pages_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// MARK: Signals

// A thread of the tracker receives these signals:
// - faults, or the host's crash handler would be bypassed;
// - those by which profilers, crash reporters and garbage collectors stop each thread of a process and wait for its
//   answer (tgkill). The first list is always received. The second list, which hosts also use for other purposes, is
//   received if the host has a handler: without one, the signal would end the process;
// - neither if the program's main thread has it blocked: then the host waits for it (sigwait, signalfd), and nothing
//   can stop the main thread by it.
//
// All others are the host's: it decides which of its threads handles SIGTERM or SIGCHLD, and the SIGXFSZ and SIGPIPE
// that the tracker's own writing causes must reach no handler.
static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
static const int stops[] = {SIGPROF, SIGVTALRM, SIGURG};
static const int stops_if_handled[] = {SIGUSR1, SIGUSR2, SIGPWR, SIGXCPU};

enum { COUNT = 64 };

static uint64_t bit(int signal) { return UINT64_C(1) << (signal - 1); }

static int is_handled(int signal) {
    struct sigaction action;
    // Both forms of the handler are stored at the same address.
    return sigaction(signal, NULL, &action) == 0 && action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
}

/// Returns the signals that the main thread has blocked; all if the kernel does not report them.
static uint64_t blocked_by_main_thread(void) {
    static const char key[] = "SigBlk:";
    int saved = errno;
    ct_descriptor file;
    char text[4096];
    int64_t count = -1;
    if (ct_descriptor_open("/proc/self/status", O_RDONLY, 0, CT_BRIEF, &file) == 0) {
        count = ct_descriptor_read(file, text, sizeof text - 1);
        ct_descriptor_close(file);
    }
    errno = saved;
    text[count < 0 ? 0 : count] = 0;
    const char *found = strstr(text, key);
    return found == NULL ? ~UINT64_C(0) : strtoull(found + sizeof key - 1, NULL, 16);
}

/// The signals that the tracker's threads receive.
static _Atomic uint64_t taken;

/// Returns the signals that the threads would receive if the main thread had none blocked.
static uint64_t find_wanted(void) {
    uint64_t found = 0;
    for (size_t index = 0; index < sizeof stops / sizeof *stops; index++) {
        found |= bit(stops[index]);
    }
    for (size_t index = 0; index < sizeof stops_if_handled / sizeof *stops_if_handled; index++) {
        found |= is_handled(stops_if_handled[index]) ? bit(stops_if_handled[index]) : 0;
    }
    for (int signal = SIGRTMIN; signal <= SIGRTMAX && signal <= COUNT; signal++) {
        found |= is_handled(signal) ? bit(signal) : 0;
    }
    return found;
}

static void make_mask(uint64_t taken, sigset_t *mask) {
    sigfillset(mask);
    for (size_t index = 0; index < sizeof faults / sizeof *faults; index++) {
        sigdelset(mask, faults[index]);
    }
    for (int signal = 1; signal <= COUNT; signal++) {
        if (taken & bit(signal)) {
            sigdelset(mask, signal);
        }
    }
}

/// Indicates whether the thread is the tracker's; the mask of any other thread is not changed.
static CT_THREAD_STATE int is_ours;

static CT_THREAD_STATE uint64_t own;

/// The number of threads that are starting another one, with all signals blocked for that moment.
static atomic_int starting;
static atomic_uint starts;

void ct_renew_signals(void) {
    static _Atomic uint64_t latest, seen = ~UINT64_C(0);
    if (!is_ours) {
        return;
    }
    uint64_t now = ct_monotonic_nanoseconds() / 1000000000;
    if (atomic_exchange_explicit(&latest, now, memory_order_relaxed) != now) {
        unsigned before = atomic_load(&starts);
        uint64_t wanted = find_wanted(), found = wanted & ~blocked_by_main_thread();
        // A signal that the main thread blocks for a moment, as it does to start a thread or a process, is received all
        // the same: an answer that comes late is of no use to the sender.
        if (atomic_load(&starting) == 0 && atomic_load(&starts) == before) {
            atomic_store(&taken, found | (wanted & atomic_load(&taken) & atomic_exchange(&seen, found)));
        }
    }
    uint64_t current = atomic_load(&taken);
    if (current == own) {
        return;
    }
    own = current;
    sigset_t mask;
    make_mask(current, &mask);
    (void)pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

// MARK: Threads

struct ct_thread {
    char name[16];
    void (*body)(void *);
    void *context;
    uint64_t taken;
};

static void *ct_run(void *argument) {
    struct ct_thread thread = *(struct ct_thread *)argument;
    free(argument);
    (void)pthread_setname_np(pthread_self(), thread.name);
    is_ours = 1;
    own = thread.taken;
    ct_own_objects();
    thread.body(thread.context);
    return NULL;
}

// Enough for types and symbols that are nested as deeply as the code follows them.
static const size_t locked_stack = 1 << 20;

int ct_start_thread(const char *name, size_t stack, void (*body)(void *), void *context) {
    ct_stay_loaded();
    struct ct_thread *thread = calloc(1, sizeof *thread);
    if (thread == NULL) {
        return ENOMEM;
    }
    strncpy(thread->name, name, sizeof thread->name - 1);
    thread->body = body;
    thread->context = context;

    sigset_t blocked, previous;
    // Read before all signals are blocked here, in case this is the main thread. The new thread uses this mask until
    // the next check.
    thread->taken = find_wanted() & ~blocked_by_main_thread();
    if (atomic_load(&starting) == 0) {
        (void)atomic_fetch_or(&taken, thread->taken);
    } else {
        thread->taken |= atomic_load(&taken);
    }
    make_mask(thread->taken, &blocked);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    // In a process that locks its memory, the whole stack becomes resident, and the default size is 8 MiB.
    if (ct_locks_mappings() && (stack == 0 || stack > locked_stack)) {
        stack = locked_stack;
    }
    if (stack > 0) {
        pthread_attr_setstacksize(&attributes, stack);
    }

    pthread_t handle;
    (void)atomic_fetch_add(&starting, 1);
    (void)atomic_fetch_add(&starts, 1);
    pthread_sigmask(SIG_SETMASK, &blocked, &previous);
    int error = pthread_create(&handle, &attributes, ct_run, thread);
    pthread_sigmask(SIG_SETMASK, &previous, NULL);
    (void)atomic_fetch_sub(&starting, 1);
    pthread_attr_destroy(&attributes);
    if (error != 0) {
        free(thread);
    }
    return error;
}
