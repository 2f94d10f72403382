#define _GNU_SOURCE
#include "tracked_objects_internal.h"

// A host's thread waits for a locked shard for a short time only: on an overloaded machine, the holder may have lost
// its processor for long. The thread then stores its record here, and the next holder of the lock enters the record
// before anything else. An object's memory is freed, and reused, only after its death was stored here, so no holder of
// the lock sees an object that had died before.

// The state includes the shard for which a record is ready, so that no other thread uses a record while the holder of
// that shard's lock reads it. With a separate field, the holder of another shard could meanwhile release the entry for
// reuse.
enum { EMPTY, BEING_WRITTEN, READY };

static uint32_t ready_for(const ct_registry *registry, const ct_shard *shard) {
    return READY + (uint32_t)(shard - registry->shards);
}

int ct_defer_record(ct_registry *registry, ct_shard *shard, const ct_record *record) {
    for (size_t index = 0; index < CT_DEFERRED; index++) {
        ct_deferred *deferred = &registry->deferred[index];
        uint32_t expected = EMPTY;
        if (atomic_load_explicit(&deferred->state, memory_order_relaxed) != EMPTY
            || !atomic_compare_exchange_strong(&deferred->state, &expected, BEING_WRITTEN)) {
            continue;
        }
        deferred->record = *record;
        deferred->ticket = atomic_fetch_add(&registry->tickets, 1);
        atomic_store_explicit(&deferred->state, ready_for(registry, shard), memory_order_release);
        atomic_store_explicit(&shard->has_deferred, 1, memory_order_release);
        return 1;
    }
    return 0;
}

size_t ct_deferred_to_lost(const ct_registry *registry) {
    size_t count = 0;
    for (size_t index = 0; index < CT_DEFERRED; index++) {
        unsigned state = atomic_load_explicit(&registry->deferred[index].state, memory_order_relaxed);
        count += state >= READY && atomic_load_explicit(&registry->shards[state - READY].lock.is_lost, memory_order_relaxed);
    }
    return count;
}

/// Returns the oldest deferred record.
static ct_deferred *first_deferred(ct_registry *registry, const ct_shard *shard) {
    uint32_t ready = ready_for(registry, shard);
    ct_deferred *first = NULL;
    for (size_t index = 0; index < CT_DEFERRED; index++) {
        ct_deferred *deferred = &registry->deferred[index];
        if (atomic_load_explicit(&deferred->state, memory_order_acquire) == ready
            && (first == NULL || deferred->ticket < first->ticket)) {
            first = deferred;
        }
    }
    return first;
}

void ct_enter_deferred(ct_registry *registry, ct_shard *shard) {
    // Cleared before the records are read: a record that is added meanwhile sets it again.
    (void)atomic_exchange(&shard->has_deferred, 0);
    for (;;) {
        ct_deferred *deferred = first_deferred(registry, shard);
        if (deferred == NULL) {
            return;
        }
        ct_record record = deferred->record;
        atomic_store_explicit(&deferred->state, EMPTY, memory_order_release);
        if (!(record.flags & CT_DEATH)) {
            (void)ct_shard_insert(registry, shard, &record);
        } else if ((atomic_load(&registry->generation) & 0xFFFF) == record.kind >> 16) {
            (void)ct_shard_remove(registry, shard, record.address);
        }
    }
}
