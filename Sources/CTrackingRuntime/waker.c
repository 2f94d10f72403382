#define _GNU_SOURCE
#include "CTrackingRuntime.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// No condition variable: its waiting is a matter of two objects and a lock, and Swift's Mutex is no pthread_mutex_t.

uint32_t ct_waker_calls(const uint32_t *waker) { return __atomic_load_n(waker, __ATOMIC_SEQ_CST); }

void ct_waker_wake(uint32_t *waker) {
    (void)__atomic_add_fetch(waker, 1, __ATOMIC_SEQ_CST);
    (void)syscall(SYS_futex, waker, FUTEX_WAKE_PRIVATE, 1, (void *)0, (void *)0, 0);
}

void ct_waker_wait(uint32_t *waker, uint32_t calls, uint64_t deadline) {
    enum { SECOND = 1000000000 };
    struct timespec until = {(time_t)(deadline / SECOND), (long)(deadline % SECOND)};
    // An absolute time on the monotonic clock, which nobody can set; where it returns early, who waits looks at the time.
    (void)syscall(
        SYS_futex, waker, FUTEX_WAIT_BITSET_PRIVATE, calls, deadline == UINT64_MAX ? (void *)0 : &until, (void *)0,
        FUTEX_BITSET_MATCH_ANY);
}
