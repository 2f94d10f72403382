#ifndef CT_LOCKS_INTERNAL_H
#define CT_LOCKS_INTERNAL_H

#include <stdatomic.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/// A lock that is held for some nanoseconds, and is waited for at most so long that a host survives the worst case: a
/// holder that never goes on. Who has waited in vain says so, that others need not.
typedef struct {
    atomic_uint taken, is_lost;
} ct_lock;

int ct_lock_slowly(ct_lock *lock, unsigned milliseconds);

enum {
    /// What a thread of the host waits for a lock before it leaves what it has to record to others, in milliseconds.
    CT_DEFERRAL_PATIENCE = 2,
    /// What it waits where that cannot be, before it goes on without.
    CT_HOST_PATIENCE = 100,
    /// The same for a thread that called us.
    CT_CALLER_PATIENCE = 10000,
    /// How often a thread looks before it declares the holder lost; without a fine timer a nap takes 10 ms.
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
