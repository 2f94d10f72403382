#define _GNU_SOURCE
// The end of a process that exits: the exiting thread asks the tracker's for the last records, and waits for a bounded
// time.

#include "process_end.h"

#include "clocks.h"
#include "shims_internal.h"
#include "threads.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

// Never freed: the handler may run while a tracker is being stopped.
static uint32_t bell, answer;
static atomic_int process, runs, is_over;
static _Atomic uint64_t patience, deadline;

static void ask_for_the_end(void) {
    int error = errno;
    uint64_t wait = atomic_load(&patience), none = 0;
    // Not ct_process_id, which may have to register a handler of its own.
    if (atomic_load(&process) != (int)getpid()) {
        return;
    }
    if (wait > 0) {
        // If several threads end the process, the first one sets the deadline.
        (void)atomic_compare_exchange_strong(&deadline, &none, ct_monotonic_nanoseconds() + wait);
        uint64_t until = atomic_load(&deadline);
        if (atomic_load(&runs) > 0) {
            ct_waker_wake(&bell);
            // The wait returns early for a signal.
            while (__atomic_load_n(&answer, __ATOMIC_SEQ_CST) == 0 && ct_monotonic_nanoseconds() < until) {
                ct_waker_wait(&answer, 0, until);
            }
        }
    }
    atomic_store(&is_over, 1);
    errno = error;
}

int ct_end_watch(uint64_t nanoseconds) {
    enum { EXITING_THREADS = 8 };
    static atomic_flag is_registered = ATOMIC_FLAG_INIT;

    ct_stay_loaded();
    atomic_store(&patience, nanoseconds);
    atomic_store(&process, (int)getpid());
    if (atomic_flag_test_and_set(&is_registered)) {
        return 0;
    }
    // Each thread that calls exit takes handlers off the list, and the first that finds none ends the process. One
    // handler is registered for each of several such threads, so that all wait for the answer.
    for (int thread = 0; thread < EXITING_THREADS; thread++) {
        if (atexit(ask_for_the_end) != 0 || at_quick_exit(ask_for_the_end) != 0) {
            return thread > 0 ? 0 : -1;
        }
    }
    return 0;
}

void ct_end_expect(int change) { (void)atomic_fetch_add(&runs, change); }

uint32_t *ct_end_bell(void) { return &bell; }

uint64_t ct_end_deadline(void) { return atomic_load(&deadline); }

void ct_end_answer(void) { ct_waker_wake(&answer); }

int ct_end_is_over(void) { return atomic_load_explicit(&is_over, memory_order_relaxed); }
