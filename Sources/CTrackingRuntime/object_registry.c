#define _GNU_SOURCE
#include "tracked_objects_internal.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

// MARK: Opening and closing

static ct_registry *_Atomic registries[CT_REGISTRIES];
static pthread_mutex_t registries_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int is_forked;

static void note_fork(void) {
    // Locks may be held by threads that do not exist here.
    atomic_store(&is_forked, 1);
}

static void watch_forks(void) { (void)pthread_atfork(NULL, NULL, note_fork); }

int ct_tracking_is_forked(void) { return atomic_load_explicit(&is_forked, memory_order_relaxed); }

ct_registry *ct_registry_at(size_t index) { return atomic_load_explicit(&registries[index], memory_order_acquire); }

static ct_registry *free_place(void) {
    for (size_t index = 0; index < CT_REGISTRIES; index++) {
        ct_registry *registry = atomic_load(&registries[index]);
        if (registry == NULL) {
            // Never unmapped: a thread may be about to look whether it is still open.
            registry = ct_map(sizeof *registry);
            if (registry == NULL) {
                return NULL;
            }
            registry->index = index;
            return registry;
        }
        if (!atomic_load(&registry->is_open)) {
            return registry;
        }
    }
    return NULL;
}

ct_registry *ct_registry_open(size_t dead_capacity) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    if (ct_tracking_is_forked()) {
        return NULL;
    }
    pthread_mutex_lock(&registries_lock);
    (void)ct_ticks_are_steady();
    ct_registry *registry = free_place();
    if (registry != NULL) {
        registry->dead_capacity = (dead_capacity + CT_DEAD_BATCH - 1) / CT_DEAD_BATCH * CT_DEAD_BATCH;
        if (registry->kinds == NULL) {
            registry->kinds = ct_map(sizeof *registry->kinds * CT_KINDS);
        }
        registry->dead = registry->dead_capacity > 0 ? ct_map(sizeof *registry->dead * registry->dead_capacity) : NULL;
        registry->dead_total = 0;
        // Kind 0 is none.
        atomic_store(&registry->kind_count, 1);
        atomic_store(&registry->missed, 0);
        if (registry->kinds == NULL || (registry->dead == NULL && registry->dead_capacity > 0)) {
            registry = NULL;
        } else {
            registry->start = ct_ticks();
            atomic_store(&registry->is_frozen, 0);
            atomic_store(&registry->is_open, 1);
            atomic_store_explicit(&registries[registry->index], registry, memory_order_release);
        }
    }
    pthread_mutex_unlock(&registries_lock);
    return registry;
}

static size_t shard_bytes(const ct_shard *shard) {
    return shard->capacity * (sizeof *shard->objects + 2 * sizeof *shard->slots);
}

static void empty_shard(ct_shard *shard) {
    ct_unmap(shard->objects, shard_bytes(shard));
    ct_unmap(shard->more_counts, shard->count_room * sizeof *shard->more_counts);
    shard->objects = NULL;
    shard->slots = NULL;
    shard->more_counts = NULL;
    memset(shard->counts, 0, sizeof shard->counts);
    shard->count = shard->capacity = shard->dead_count = shard->count_room = 0;
    shard->last_key = 0;
}

size_t ct_registry_freeze(ct_registry *registry, void **kept, size_t capacity) {
    size_t count = 0;
    if (ct_tracking_is_forked()) {
        return 0;
    }
    if (!atomic_exchange(&registry->is_frozen, 1)) {
        ct_classes_forget(registry);
    }
    for (size_t index = 0; index < CT_SHARDS; index++) {
        ct_shard *shard = &registry->shards[index];
        // Whoever comes after us finds the registry frozen.
        if (!ct_lock_take(&shard->lock, CT_CALLER_PATIENCE)) {
            continue;
        }
        for (uint32_t position = 0; position < shard->count && count < capacity; position++) {
            ct_object *object = &shard->objects[position];
            if (object->reserved & CT_KEPT) {
                object->reserved &= ~(uint32_t)CT_KEPT;
                kept[count++] = (void *)(uintptr_t)(object->place & CT_ADDRESS_MASK);
            }
        }
        ct_lock_leave(&shard->lock);
    }
    return count;
}

void ct_registry_close(ct_registry *registry) {
    if (ct_tracking_is_forked()) {
        return;
    }
    pthread_mutex_lock(&registries_lock);
    atomic_store(&registry->is_frozen, 1);
    atomic_fetch_add(&registry->generation, 1);
    int is_empty = 1;
    for (size_t index = 0; index < CT_SHARDS; index++) {
        ct_shard *shard = &registry->shards[index];
        if (!ct_lock_take(&shard->lock, CT_CALLER_PATIENCE)) {
            is_empty = 0;
            continue;
        }
        empty_shard(shard);
        ct_lock_leave(&shard->lock);
    }
    // A lock that is never given back: the place is lost, which is better than its memory in two hands.
    if (is_empty) {
        ct_unmap(registry->dead, sizeof *registry->dead * registry->dead_capacity);
        registry->dead = NULL;
        // Emptied, but still there: a thread may be on its way to the kind of a new object.
        (void)madvise(registry->kinds, sizeof *registry->kinds * CT_KINDS, MADV_DONTNEED);
        atomic_store(&registry->is_open, 0);
    }
    pthread_mutex_unlock(&registries_lock);
}

// MARK: The table of a shard

// Regions of a mebibyte: objects that are made one after the other stand in one table, in neighbouring slots.
static inline size_t shard_of(uintptr_t address) { return (address >> 20 ^ address >> 28) % CT_SHARDS; }

static inline uint32_t home_of(const ct_shard *shard, uintptr_t address) {
    return (uint32_t)((address >> 4) + (address >> 20) * 0x9E3779B1u) & (2 * shard->capacity - 1);
}

static inline uintptr_t address_of(const ct_object *object) { return (uintptr_t)(object->place & CT_ADDRESS_MASK); }

/// The slot of an address, or the empty one where it would stand.
static inline uint32_t slot_of(const ct_shard *shard, uintptr_t address) {
    uint32_t mask = 2 * shard->capacity - 1;
    uint32_t slot = home_of(shard, address);
    while (shard->slots[slot] != 0 && address_of(&shard->objects[shard->slots[slot] - 1]) != address) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

int ct_shard_resize(ct_shard *shard, uint32_t capacity) {
    ct_shard fresh = *shard;
    fresh.capacity = capacity;
    fresh.objects = ct_map(shard_bytes(&fresh));
    if (fresh.objects == NULL) {
        return 0;
    }
    fresh.slots = (uint32_t *)(fresh.objects + capacity);
    for (uint32_t position = 0; position < shard->count; position++) {
        fresh.objects[position] = shard->objects[position];
        fresh.slots[slot_of(&fresh, address_of(&fresh.objects[position]))] = position + 1;
    }
    ct_unmap(shard->objects, shard_bytes(shard));
    shard->objects = fresh.objects;
    shard->slots = fresh.slots;
    shard->capacity = capacity;
    return 1;
}

static inline uint64_t next_key(ct_registry *registry, ct_shard *shard, size_t index) {
    uint64_t key = (ct_ticks() - registry->start) >> 2 << 8 | index;
    if (key <= shard->last_key) {
        key = shard->last_key + CT_SHARDS;
    }
    shard->last_key = key;
    return key;
}

static void keep_dead(ct_registry *registry, ct_shard *shard, const ct_object *object) {
    if (registry->dead_capacity == 0) {
        return;
    }
    uint64_t now = (ct_ticks() - registry->start) >> 2;
    ct_dead_object *dead = &shard->dead[shard->dead_count++];
    dead->key = object->key;
    dead->lifetime = (float)(int64_t)(now - (object->key >> 8));
    dead->kind = (uint16_t)(object->place >> CT_ADDRESS_BITS);
    dead->trace = object->trace < UINT16_MAX ? (uint16_t)object->trace : UINT16_MAX;
    if (shard->dead_count < CT_DEAD_BATCH) {
        return;
    }
    shard->dead_count = 0;
    if (!ct_lock_take(&registry->dead_lock, CT_HOST_PATIENCE)) {
        return;
    }
    memcpy(&registry->dead[registry->dead_total % registry->dead_capacity], shard->dead, sizeof shard->dead);
    registry->dead_total += CT_DEAD_BATCH;
    ct_lock_leave(&registry->dead_lock);
}

/// The counts of a kind; null where the kernel gives no more memory.
static ct_count *count_of(ct_shard *shard, uint32_t kind) {
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
        if (shard->more_counts != NULL) {
            memcpy(more, shard->more_counts, shard->count_room * sizeof *more);
            ct_unmap(shard->more_counts, shard->count_room * sizeof *more);
        }
        shard->more_counts = more;
        shard->count_room = room;
    }
    return &shard->more_counts[kind];
}

static void remove_at(ct_registry *registry, ct_shard *shard, uint32_t slot) {
    uint32_t mask = 2 * shard->capacity - 1;
    uint32_t position = shard->slots[slot] - 1;
    ct_object *object = &shard->objects[position];
    ct_count *counts = count_of(shard, (uint32_t)(object->place >> CT_ADDRESS_BITS));
    if (counts != NULL) {
        counts->died++;
    }
    // Written under the lock only.
    unsigned deaths = atomic_load_explicit(&shard->deaths, memory_order_relaxed);
    atomic_store_explicit(&shard->deaths, deaths + 1, memory_order_relaxed);
    keep_dead(registry, shard, object);

    // What probed past the slot moves up, so that no mark has to be left in it.
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

// MARK: Births and deaths

ct_tracking_result ct_registry_insert(
    ct_registry *registry, const void *object, uint32_t kind, uint32_t trace, int is_kept, int is_birth) {
    uintptr_t address = (uintptr_t)object;
    size_t index = shard_of(address);
    ct_shard *shard = &registry->shards[index];
    if (!ct_lock_take(&shard->lock, is_birth ? CT_HOST_PATIENCE : CT_CALLER_PATIENCE)) {
        atomic_fetch_add(&registry->missed, 1);
        return CT_FROZEN;
    }
    ct_tracking_result result = CT_OK;
    if (atomic_load_explicit(&registry->is_frozen, memory_order_relaxed)
        || (atomic_load_explicit(&registry->generation, memory_order_relaxed) & 0xFFFF) != kind >> 16) {
        result = CT_FROZEN;
    } else if (shard->count == shard->capacity
               && !ct_shard_resize(shard, shard->capacity == 0 ? CT_LEAST_CAPACITY : 2 * shard->capacity)) {
        atomic_fetch_add(&registry->missed, 1);
        result = CT_NO_MEMORY;
    } else {
        uint32_t slot = slot_of(shard, address);
        if (shard->slots[slot] != 0) {
            if (!is_birth) {
                result = CT_ALREADY;
            } else {
                // The death of the one before was not seen: its class was changed for one that nobody watches.
                remove_at(registry, shard, slot);
                slot = slot_of(shard, address);
            }
        }
        if (result == CT_OK) {
            ct_object *entry = &shard->objects[shard->count];
            entry->key = next_key(registry, shard, index);
            entry->place = (uint64_t)address | (uint64_t)(kind & 0xFFFF) << CT_ADDRESS_BITS;
            entry->trace = trace;
            entry->reserved = is_kept ? CT_KEPT : 0;
            shard->slots[slot] = ++shard->count;
            ct_count *counts = count_of(shard, kind & 0xFFFF);
            if (counts != NULL) {
                counts->born++;
            }
        }
    }
    ct_lock_leave(&shard->lock);
    return result;
}

int ct_registry_remove(ct_registry *registry, const void *object) {
    uintptr_t address = (uintptr_t)object;
    ct_shard *shard = &registry->shards[shard_of(address)];
    int is_kept = 0;
    if (!ct_lock_take(&shard->lock, CT_HOST_PATIENCE)) {
        atomic_fetch_add(&registry->missed, 1);
        return 0;
    }
    if (shard->count > 0 && !atomic_load_explicit(&registry->is_frozen, memory_order_relaxed)) {
        uint32_t slot = slot_of(shard, address);
        if (shard->slots[slot] != 0) {
            is_kept = (int)(shard->objects[shard->slots[slot] - 1].reserved & CT_KEPT);
            remove_at(registry, shard, slot);
        }
    }
    ct_lock_leave(&shard->lock);
    return is_kept;
}

// MARK: Looking things up

/// Locks the shard of an object that is tracked; null, and nothing is locked, where it is not.
static ct_object *lock_object(ct_registry *registry, const void *object, ct_shard **shard) {
    uintptr_t address = (uintptr_t)object;
    *shard = &registry->shards[shard_of(address)];
    if (ct_tracking_is_forked() || !ct_lock_take(&(*shard)->lock, CT_CALLER_PATIENCE)) {
        return NULL;
    }
    if ((*shard)->count > 0) {
        uint32_t slot = slot_of(*shard, address);
        if ((*shard)->slots[slot] != 0) {
            return &(*shard)->objects[(*shard)->slots[slot] - 1];
        }
    }
    ct_lock_leave(&(*shard)->lock);
    return NULL;
}

uint32_t ct_object_rule(ct_registry *registry, const void *object, uint32_t *flags, uint64_t *key) {
    ct_shard *shard;
    ct_object *found = lock_object(registry, object, &shard);
    if (found == NULL) {
        return 0;
    }
    const ct_kind *kind = &registry->kinds[found->place >> CT_ADDRESS_BITS];
    uint32_t rule = kind->rule;
    *flags = kind->flags;
    *key = found->key;
    ct_lock_leave(&shard->lock);
    return rule;
}

int ct_registry_set_kind(ct_registry *registry, const void *object, uint32_t kind) {
    ct_shard *shard;
    ct_object *found = lock_object(registry, object, &shard);
    if (found == NULL) {
        return 0;
    }
    // Announced under the other kind from the beginning: births and deaths of a kind stay in balance.
    ct_count *from = count_of(shard, (uint32_t)(found->place >> CT_ADDRESS_BITS));
    ct_count *to = count_of(shard, kind & 0xFFFF);
    if (from != NULL && to != NULL) {
        from->born--;
        to->born++;
    }
    found->place = (found->place & CT_ADDRESS_MASK) | (uint64_t)(kind & 0xFFFF) << CT_ADDRESS_BITS;
    ct_lock_leave(&shard->lock);
    return 1;
}

int ct_registry_contains(ct_registry *registry, uint64_t key, uintptr_t address) {
    ct_shard *shard;
    ct_object *found = lock_object(registry, (const void *)address, &shard);
    if (found == NULL) {
        return 0;
    }
    int is_same = found->key == key;
    ct_lock_leave(&shard->lock);
    return is_same;
}

uint32_t ct_registry_kind(ct_registry *registry, uintptr_t metadata, uint32_t rule, uint32_t flags) {
    size_t count = atomic_load(&registry->kind_count);
    uint32_t generation = atomic_load(&registry->generation) << 16;
    // From the end: what was added last is asked for most.
    for (size_t kind = count; kind-- > 1;) {
        const ct_kind *known = &registry->kinds[kind];
        if (known->metadata == metadata && known->rule == rule && known->flags == flags) {
            return generation | (uint32_t)kind;
        }
    }
    if (count == CT_KINDS) {
        return 0;
    }
    registry->kinds[count] = (ct_kind){metadata, rule, flags};
    atomic_store_explicit(&registry->kind_count, count + 1, memory_order_release);
    return generation | (uint32_t)count;
}

uint64_t ct_registry_start(const ct_registry *registry) { return registry->start; }

uint64_t ct_registry_missed(const ct_registry *registry) { return atomic_load(&registry->missed); }

const ct_kind *ct_registry_kinds(const ct_registry *registry, size_t *count) {
    *count = atomic_load_explicit(&registry->kind_count, memory_order_acquire);
    return registry->kinds;
}
