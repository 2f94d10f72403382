#include "tracked_objects_internal.h"

#include "forks.h"
#include "guarded_reads.h"

#include <string.h>

// Copies a registry one shard at a time, so that a thread of the host waits for a short time only.

static void add_counts(const ct_shard *shard, ct_count *counts, size_t kinds) {
    for (size_t kind = 0; kind < kinds; kind++) {
        const ct_count *count = kind < CT_INLINE_KINDS ? &shard->counts[kind]
            : kind - CT_INLINE_KINDS < shard->count_room ? &shard->more_counts[kind - CT_INLINE_KINDS]
            : NULL;
        if (count == NULL) {
            return;
        }
        counts[kind].born += count->born;
        counts[kind].died += count->died;
    }
}

static int was_used(ct_shard *shard) { return atomic_load_explicit(&shard->last_key, memory_order_relaxed) != 0; }

/// Adds the counts of a shard whose lock is lost; without them, the sums would decrease. The holder may resume at any
/// time, and free the memory that is read here.
static void add_counts_of_lost(const ct_shard *shard, ct_count *counts, size_t kinds) {
    ct_guard guard;
    if (ct_guard_enter(&guard) != 0) {
        return;
    }
    for (size_t kind = 0; kind < kinds && kind < CT_INLINE_KINDS + shard->count_room; kind++) {
        const ct_count *count = kind < CT_INLINE_KINDS ? &shard->counts[kind] : &shard->more_counts[kind - CT_INLINE_KINDS];
        counts[kind].born += ct_read32((uintptr_t)&count->born);
        counts[kind].died += ct_read32((uintptr_t)&count->died);
    }
    ct_guard_leave(&guard);
}

void ct_registry_count_shard(ct_registry *registry, size_t index, ct_count *counts, size_t kinds) {
    ct_shard *shard = &registry->shards[index];
    // An unused shard is not read, because it has no memory yet.
    if (ct_tracking_is_forked() || !was_used(shard)) {
        return;
    }
    if (!ct_shard_take(registry, shard, CT_CALLER_PATIENCE)) {
        add_counts_of_lost(shard, counts, kinds);
        return;
    }
    add_counts(shard, counts, kinds);
    ct_lock_leave(&shard->lock);
}

size_t ct_registry_copy(
    ct_registry *registry, size_t index, ct_object *objects, size_t capacity, ct_count *counts, size_t kinds) {
    ct_shard *shard = &registry->shards[index];
    if (ct_tracking_is_forked()) {
        return 0;
    }
    if (!ct_shard_take(registry, shard, CT_CALLER_PATIENCE)) {
        if (counts != NULL) {
            add_counts_of_lost(shard, counts, kinds);
        }
        return 0;
    }
    size_t count = shard->count;
    if (count <= capacity) {
        if (counts != NULL) {
            add_counts(shard, counts, kinds);
        }
        if (count > 0) {
            memcpy(objects, shard->objects, count * sizeof *objects);
        }
        // After a peak. The remaining objects are few, so nothing waits long for the move.
        if (shard->capacity > CT_LEAST_CAPACITY && count < shard->capacity / 8) {
            uint32_t least = CT_LEAST_CAPACITY;
            while (least < 2 * count) {
                least *= 2;
            }
            (void)ct_shard_resize(registry, shard, least);
        }
    }
    ct_lock_leave(&shard->lock);
    return count;
}

void ct_registry_order(ct_registry *registry, uint16_t *shards) {
    uint64_t ages[CT_SHARDS];
    for (size_t index = 0; index < CT_SHARDS; index++) {
        ct_shard *shard = &registry->shards[index];
        uint64_t age = UINT64_MAX;
        if (was_used(shard) && !ct_tracking_is_forked() && ct_shard_take(registry, shard, CT_CALLER_PATIENCE)) {
            if (shard->count > 0) {
                age = shard->objects[0].key;
            }
            ct_lock_leave(&shard->lock);
        }
        size_t place = index;
        for (; place > 0 && ages[place - 1] > age; place--) {
            ages[place] = ages[place - 1];
            shards[place] = shards[place - 1];
        }
        ages[place] = age;
        shards[place] = (uint16_t)index;
    }
}

void ct_registry_count(ct_registry *registry, ct_count *counts, size_t kinds) {
    for (size_t index = 0; index < CT_SHARDS; index++) {
        ct_registry_count_shard(registry, index, counts, kinds);
    }
}

void ct_registry_deaths(ct_registry *registry, uint32_t *deaths) {
    for (size_t index = 0; index < CT_SHARDS; index++) {
        deaths[index] = (uint32_t)atomic_load_explicit(&registry->shards[index].deaths, memory_order_relaxed);
    }
}

size_t ct_registry_copy_dead(ct_registry *registry, ct_dead_object *dead, size_t capacity) {
    size_t count = 0;
    if (ct_tracking_is_forked() || registry->dead_capacity == 0
        || !ct_lock_take(&registry->dead_lock, CT_CALLER_PATIENCE)) {
        return 0;
    }
    uint64_t total = atomic_load_explicit(&registry->dead_total, memory_order_relaxed);
    uint64_t first = total > registry->dead_capacity ? total - registry->dead_capacity : 0;
    for (uint64_t entry = first; entry < total; entry++, count++) {
        if (count < capacity) {
            dead[count] = registry->dead[entry % registry->dead_capacity];
        }
    }
    ct_lock_leave(&registry->dead_lock);
    for (size_t index = 0; index < CT_SHARDS; index++) {
        ct_shard *shard = &registry->shards[index];
        if (!ct_shard_take(registry, shard, CT_CALLER_PATIENCE)) {
            continue;
        }
        for (uint32_t entry = 0; entry < shard->dead_count; entry++, count++) {
            if (count < capacity) {
                dead[count] = shard->dead[entry];
            }
        }
        ct_lock_leave(&shard->lock);
    }
    return count;
}

size_t ct_registry_bytes(ct_registry *registry) {
    // Mapped pages that were never written use no memory: of the table of registries, the pages of used shards are
    // counted.
    size_t bytes = sizeof *registry - sizeof registry->shards
        + atomic_load(&registry->kind_count) * sizeof *registry->kinds;
    uint64_t dead = atomic_load_explicit(&registry->dead_total, memory_order_relaxed);
    if (dead > registry->dead_capacity) {
        dead = registry->dead_capacity;
    }
    bytes += (size_t)dead * sizeof *registry->dead;
    for (size_t size = 0; size < CT_SPARES; size++) {
        if (atomic_load_explicit(&registry->spares[size], memory_order_relaxed) != NULL) {
            bytes += ct_table_bytes((uint32_t)CT_LEAST_CAPACITY << size);
        }
    }
    for (size_t index = 0; index < CT_SHARDS; index++) {
        ct_shard *shard = &registry->shards[index];
        if (!ct_shard_take(registry, shard, CT_CALLER_PATIENCE)) {
            continue;
        }
        if (shard->capacity > 0) {
            bytes += sizeof *shard + shard->count * sizeof *shard->objects
                + 2 * shard->capacity * sizeof *shard->slots + shard->count_room * sizeof *shard->more_counts;
        }
        ct_lock_leave(&shard->lock);
    }
    return bytes;
}
