#ifndef CT_LOCKS_INTERNAL_H
#define CT_LOCKS_INTERNAL_H

#include <stdatomic.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/// A lock that is held for some nanoseconds. Every wait is bounded, so that the host survives a holder that never
/// resumes. A thread that has waited in vain marks the lock as lost, so that others do not wait.
typedef struct {
    atomic_uint taken, is_lost;
} ct_lock;

int ct_lock_slowly(ct_lock *lock, unsigned milliseconds);

enum {
    /// The milliseconds for which a thread of the host waits for a lock before it defers its record.
    CT_DEFERRAL_PATIENCE = 2,
    /// The milliseconds for which it waits if it cannot defer, before it continues without the lock.
    CT_HOST_PATIENCE = 100,
    /// The milliseconds for which a thread that called the tracker waits.
    CT_CALLER_PATIENCE = 10000,
    /// The number of naps before a thread declares the lock lost; without a fine timer a nap takes 10 ms.
    CT_NAPS_UNTIL_LOST = 8,
};

static inline int ct_lock_take(ct_lock *lock, unsigned milliseconds) {
    if (atomic_exchange_explicit(&lock->taken, 1, memory_order_acquire) == 0) {
        if (__builtin_expect(atomic_load_explicit(&lock->is_lost, memory_order_relaxed) != 0, 0)) {
            atomic_store_explicit(&lock->is_lost, 0, memory_order_relaxed);
        }
        return 1;
    }
    return ct_lock_slowly(lock, milliseconds);
}

static inline void ct_lock_leave(ct_lock *lock) { atomic_store_explicit(&lock->taken, 0, memory_order_release); }

#pragma GCC visibility pop

#endif
