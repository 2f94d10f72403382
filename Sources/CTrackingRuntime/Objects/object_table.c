#define _GNU_SOURCE
#include "tracked_objects_internal.h"

#include "clocks.h"
#include "forks.h"
#include "../Shims/pages_internal.h"

#include <string.h>

static inline uint32_t home_of(const ct_shard *shard, uintptr_t address) {
    return (uint32_t)((address >> 4) + (address >> 20) * 0x9E3779B1u) & (2 * shard->capacity - 1);
}

static inline uintptr_t address_of(const ct_object *object) { return ct_place_address(object->place); }

/// Returns the slot of an address, or the empty one where it would be inserted.
static inline uint32_t slot_of(const ct_shard *shard, uintptr_t address) {
    uint32_t mask = 2 * shard->capacity - 1;
    uint32_t slot = home_of(shard, address);
    while (shard->slots[slot] != 0 && address_of(&shard->objects[shard->slots[slot] - 1]) != address) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

// MARK: Memory

/// Returns the place of a table size among the kept tables, or null.
static ct_object *_Atomic *spare_of(ct_registry *registry, uint32_t capacity) {
    uint32_t size = (uint32_t)__builtin_ctz(capacity / CT_LEAST_CAPACITY);
    return size < CT_SPARES ? &registry->spares[size] : NULL;
}

/// Returns memory for a table that will have `count` objects at once, with empty slots.
static ct_object *make_table(ct_registry *registry, uint32_t capacity, uint32_t count) {
    ct_object *_Atomic *spare = spare_of(registry, capacity);
    ct_object *objects = spare == NULL ? NULL : atomic_exchange(spare, NULL);
    if (objects != NULL) {
        memset(objects + capacity, 0, 2 * capacity * sizeof(uint32_t));
        return objects;
    }
    objects = ct_map(ct_table_bytes(capacity));
    if (objects != NULL) {
        // All of this is about to be written: one call costs a third of the page faults. An older kernel takes the
        // faults.
        ct_populate(objects, count * sizeof *objects);
        ct_populate(objects + capacity, 2 * capacity * sizeof(uint32_t));
    }
    return objects;
}

static void leave_table(ct_registry *registry, ct_object *objects, uint32_t capacity) {
    ct_object *_Atomic *spare = objects == NULL ? NULL : spare_of(registry, capacity);
    ct_unmap(spare == NULL ? objects : atomic_exchange(spare, objects), ct_table_bytes(capacity));
}

void ct_registry_trim(ct_registry *registry) {
    for (uint32_t size = 0; size < CT_SPARES && !ct_tracking_is_forked(); size++) {
        ct_unmap(atomic_exchange(&registry->spares[size], NULL), ct_table_bytes((uint32_t)CT_LEAST_CAPACITY << size));
    }
}

int ct_shard_resize(ct_registry *registry, ct_shard *shard, uint32_t capacity) {
    ct_shard fresh = *shard;
    fresh.capacity = capacity;
    fresh.objects = make_table(registry, capacity, shard->count);
    if (fresh.objects == NULL) {
        return 0;
    }
    fresh.slots = (uint32_t *)(fresh.objects + capacity);
    for (uint32_t position = 0; position < shard->count; position++) {
        fresh.objects[position] = shard->objects[position];
        fresh.slots[slot_of(&fresh, address_of(&fresh.objects[position]))] = position + 1;
    }
    leave_table(registry, shard->objects, shard->capacity);
    shard->objects = fresh.objects;
    shard->slots = fresh.slots;
    shard->capacity = capacity;
    return 1;
}

// MARK: Objects

static inline uint64_t next_key(ct_registry *registry, ct_shard *shard) {
    uint64_t key = (ct_ticks() - registry->start) >> CT_BIRTH_BITS << CT_KEY_SHARD_BITS | (uint64_t)(shard - registry->shards);
    uint64_t last = atomic_load_explicit(&shard->last_key, memory_order_relaxed);
    if (key <= last) {
        key = last + CT_SHARDS;
    }
    atomic_store_explicit(&shard->last_key, key, memory_order_relaxed);
    return key;
}

static void keep_dead(ct_registry *registry, ct_shard *shard, const ct_object *object) {
    if (registry->dead_capacity == 0) {
        return;
    }
    uint64_t now = (ct_ticks() - registry->start) >> CT_BIRTH_BITS;
    ct_dead_object *dead = &shard->dead[shard->dead_count++];
    dead->key = object->key;
    dead->lifetime = (float)(int64_t)(now - (object->key >> CT_KEY_SHARD_BITS));
    dead->kind = (uint16_t)ct_place_kind(object->place);
    dead->trace = object->trace < UINT16_MAX ? (uint16_t)object->trace : UINT16_MAX;
    if (shard->dead_count < CT_DEAD_BATCH) {
        return;
    }
    shard->dead_count = 0;
    if (!ct_lock_take(&registry->dead_lock, CT_HOST_PATIENCE)) {
        return;
    }
    uint64_t total = atomic_load_explicit(&registry->dead_total, memory_order_relaxed);
    memcpy(&registry->dead[total % registry->dead_capacity], shard->dead, sizeof shard->dead);
    atomic_store_explicit(&registry->dead_total, total + CT_DEAD_BATCH, memory_order_relaxed);
    ct_lock_leave(&registry->dead_lock);
}

ct_count *ct_shard_count(ct_shard *shard, uint32_t kind) {
    if (kind < CT_INLINE_KINDS) {
        return &shard->counts[kind];
    }
    kind -= CT_INLINE_KINDS;
    if (kind >= shard->count_room) {
        uint32_t room = shard->count_room == 0 ? 512 : shard->count_room;
        while (room <= kind) {
            room *= 2;
        }
        ct_count *more = ct_map(room * sizeof *more);
        if (more == NULL) {
            return NULL;
        }
        ct_count *before = shard->more_counts;
        uint32_t room_before = shard->count_room;
        if (before != NULL) {
            memcpy(more, before, room_before * sizeof *more);
        }
        shard->more_counts = more;
        shard->count_room = room;
        ct_unmap(before, room_before * sizeof *more);
    }
    return &shard->more_counts[kind];
}

static void remove_at(ct_registry *registry, ct_shard *shard, uint32_t slot) {
    uint32_t mask = 2 * shard->capacity - 1;
    uint32_t position = shard->slots[slot] - 1;
    ct_object *object = &shard->objects[position];
    ct_count *counts = ct_shard_count(shard, ct_place_kind(object->place));
    if (counts != NULL) {
        counts->died++;
    }
    // Written under the lock only.
    unsigned deaths = atomic_load_explicit(&shard->deaths, memory_order_relaxed);
    atomic_store_explicit(&shard->deaths, deaths + 1, memory_order_relaxed);
    keep_dead(registry, shard, object);

    // Entries that probed past the slot move back, so that no tombstone is needed.
    uint32_t hole = slot;
    for (uint32_t next = (slot + 1) & mask; shard->slots[next] != 0; next = (next + 1) & mask) {
        uint32_t home = home_of(shard, address_of(&shard->objects[shard->slots[next] - 1]));
        if (((next - home) & mask) >= ((next - hole) & mask)) {
            shard->slots[hole] = shard->slots[next];
            hole = next;
        }
    }
    shard->slots[hole] = 0;

    uint32_t last = --shard->count;
    if (position != last) {
        uint32_t moved = home_of(shard, address_of(&shard->objects[last]));
        while (shard->slots[moved] != last + 1) {
            moved = (moved + 1) & mask;
        }
        shard->slots[moved] = position + 1;
        shard->objects[position] = shard->objects[last];
    }
}

ct_object *ct_shard_find(const ct_shard *shard, uintptr_t address) {
    if (shard->count == 0) {
        return NULL;
    }
    uint32_t position = shard->slots[slot_of(shard, address)];
    return position == 0 ? NULL : &shard->objects[position - 1];
}

ct_tracking_result ct_shard_insert(ct_registry *registry, ct_shard *shard, const ct_record *record) {
    if (atomic_load_explicit(&registry->is_frozen, memory_order_relaxed)
        || (atomic_load_explicit(&registry->generation, memory_order_relaxed) & 0xFFFF) != record->kind >> 16) {
        return CT_FROZEN;
    }
    if (shard->count == shard->capacity
        && !ct_shard_resize(registry, shard, shard->capacity == 0 ? CT_LEAST_CAPACITY : 2 * shard->capacity)) {
        atomic_fetch_add(&registry->missed, 1);
        return CT_NO_MEMORY;
    }
    uint32_t slot = slot_of(shard, record->address);
    if (shard->slots[slot] != 0) {
        if (!(record->flags & CT_BIRTH)) {
            return CT_ALREADY;
        }
        // The death of the previous object was not observed: its class was changed for one that nothing watches.
        remove_at(registry, shard, slot);
        slot = slot_of(shard, record->address);
    }
    ct_object *entry = &shard->objects[shard->count];
    entry->key = next_key(registry, shard);
    entry->place = (uint64_t)record->address | (uint64_t)(record->kind & 0xFFFF) << CT_ADDRESS_BITS;
    entry->trace = record->trace;
    entry->reserved = record->flags & CT_KEPT;
    shard->slots[slot] = ++shard->count;
    ct_count *counts = ct_shard_count(shard, record->kind & 0xFFFF);
    if (counts != NULL) {
        counts->born++;
    }
    return CT_OK;
}

int ct_shard_remove(ct_registry *registry, ct_shard *shard, uintptr_t address) {
    if (shard->count == 0 || atomic_load_explicit(&registry->is_frozen, memory_order_relaxed)) {
        return 0;
    }
    uint32_t slot = slot_of(shard, address);
    if (shard->slots[slot] == 0) {
        return 0;
    }
    int is_kept = (int)(shard->objects[shard->slots[slot] - 1].reserved & CT_KEPT);
    remove_at(registry, shard, slot);
    return is_kept;
}
