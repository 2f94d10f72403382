#define _GNU_SOURCE
// Lets one thread wait for another, and for signals that are handled meanwhile.

#include "threads.h"

#include "clocks.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Not a condition variable: its use involves two objects and a lock, and Swift's Mutex is no pthread_mutex_t.

enum { SECOND = 1000000000 };

uint32_t ct_waker_calls(const uint32_t *waker) { return __atomic_load_n(waker, __ATOMIC_SEQ_CST); }

void ct_waker_wake(uint32_t *waker) {
    int error = errno;
    (void)__atomic_add_fetch(waker, 1, __ATOMIC_SEQ_CST);
    (void)syscall(SYS_futex, waker, FUTEX_WAKE_PRIVATE, INT_MAX, (void *)0, (void *)0, 0);
    errno = error;
}

void ct_waker_wait(uint32_t *waker, uint32_t calls, uint64_t deadline) {
    uint64_t now;
    while (ct_waker_calls(waker) == calls && (now = ct_monotonic_nanoseconds()) < deadline) {
        // At most a second, because the host may since stop its threads by another signal.
        uint64_t end = deadline - now < SECOND ? deadline : now + SECOND;
        struct timespec until = {(time_t)(end / SECOND), (long)(end % SECOND)};
        // An absolute time on the monotonic clock, which cannot be set. Returns early if a handler of the host has run.
        (void)syscall(
            SYS_futex, waker, FUTEX_WAIT_BITSET_PRIVATE, calls, &until, (void *)0, FUTEX_BITSET_MATCH_ANY);
        ct_renew_signals();
    }
}
