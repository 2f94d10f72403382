#define _GNU_SOURCE
// The lock that threads of the host take: a thread spins first, then sleeps, and gives up after a bounded time.

#include "locks_internal.h"

#include "../Architecture/architecture_internal.h"
#include "clocks.h"

#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int try_lock(ct_lock *lock) {
    if (atomic_exchange_explicit(&lock->taken, 1, memory_order_acquire) != 0) {
        return 0;
    }
    atomic_store_explicit(&lock->is_lost, 0, memory_order_relaxed);
    return 1;
}

int ct_lock_slowly(ct_lock *lock, unsigned milliseconds) {
    int error = errno;
    for (int turn = 0; turn < 100; turn++) {
        ct_relax();
        if (atomic_load_explicit(&lock->taken, memory_order_relaxed) == 0 && try_lock(lock)) {
            return 1;
        }
    }
    // The holder has lost its processor.
    uint64_t begin = ct_monotonic_nanoseconds();
    for (unsigned naps = 1;; naps++) {
        // Not nanosleep, which is a cancellation point: a thread of the host would end in the middle of an allocation.
        struct timespec nap = {0, 20000};
        (void)syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &nap, NULL);
        if (try_lock(lock)) {
            errno = error;
            return 1;
        }
        uint64_t waited = (ct_monotonic_nanoseconds() - begin) / 1000000;
        if (waited > milliseconds || atomic_load_explicit(&lock->is_lost, memory_order_relaxed)) {
            // A thread that gets no processor itself sleeps longer than requested, and learns little about the holder.
            if (waited >= CT_HOST_PATIENCE && naps >= CT_NAPS_UNTIL_LOST) {
                atomic_store_explicit(&lock->is_lost, 1, memory_order_relaxed);
            }
            errno = error;
            return 0;
        }
    }
}
