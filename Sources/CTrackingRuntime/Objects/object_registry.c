#define _GNU_SOURCE
#include "tracked_objects_internal.h"

#include "../Metadata/metadata_internal.h"
#include "../Shims/shims_internal.h"
#include "clocks.h"
#include "forks.h"
#include "../Shims/pages_internal.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

// MARK: Opening and closing

static ct_registry *_Atomic registries[CT_REGISTRIES];
static pthread_mutex_t registries_lock = PTHREAD_MUTEX_INITIALIZER;

ct_registry *ct_registry_at(size_t index) { return atomic_load_explicit(&registries[index], memory_order_acquire); }

static ct_registry *free_place(void) {
    for (size_t index = 0; index < CT_REGISTRIES; index++) {
        ct_registry *registry = atomic_load(&registries[index]);
        if (registry == NULL) {
            // Never unmapped: a thread may be about to check whether it is still open.
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
    // Classes receive addresses of functions in this library.
    ct_stay_loaded();
    ct_watch_forks();
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
        atomic_store_explicit(&registry->dead_total, 0, memory_order_relaxed);
        // Kind 0 means none.
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

static void empty_shard(ct_shard *shard) {
    ct_unmap(shard->objects, ct_table_bytes(shard->capacity));
    ct_unmap(shard->more_counts, shard->count_room * sizeof *shard->more_counts);
    shard->objects = NULL;
    shard->slots = NULL;
    shard->more_counts = NULL;
    memset(shard->counts, 0, sizeof shard->counts);
    shard->count = shard->capacity = shard->dead_count = shard->count_room = 0;
    atomic_store_explicit(&shard->last_key, 0, memory_order_relaxed);
}

int ct_registry_end_recording(ct_registry *registry) { return atomic_exchange(&registry->is_frozen, 1); }

size_t ct_registry_take_kept(ct_registry *registry, void **kept, size_t capacity) {
    size_t count = 0;
    for (size_t index = 0; index < CT_SHARDS; index++) {
        ct_shard *shard = &registry->shards[index];
        // Threads that come later find the registry frozen.
        if (!ct_shard_take(registry, shard, CT_CALLER_PATIENCE)) {
            continue;
        }
        for (uint32_t position = 0; position < shard->count && count < capacity; position++) {
            ct_object *object = &shard->objects[position];
            if (object->reserved & CT_KEPT) {
                object->reserved &= ~(uint32_t)CT_KEPT;
                kept[count++] = (void *)ct_place_address(object->place);
            }
        }
        ct_lock_leave(&shard->lock);
    }
    return count;
}

static void forget_names(ct_registry *registry);

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
        if (!ct_shard_take(registry, shard, CT_CALLER_PATIENCE)) {
            is_empty = 0;
            continue;
        }
        empty_shard(shard);
        ct_lock_leave(&shard->lock);
    }
    ct_registry_trim(registry);
    // If a lock is never released, the registry's place stays unused: its memory must not be given to two owners.
    if (is_empty) {
        ct_unmap(registry->dead, sizeof *registry->dead * registry->dead_capacity);
        registry->dead = NULL;
        // Emptied, but not unmapped: a thread may be about to read the kind of a new object.
        (void)madvise(registry->kinds, sizeof *registry->kinds * CT_KINDS, MADV_DONTNEED);
        forget_names(registry);
        atomic_store(&registry->is_open, 0);
    }
    pthread_mutex_unlock(&registries_lock);
}

// MARK: Births and deaths

// Regions of a mebibyte: objects that are created in succession share a table, in adjacent slots.
static inline ct_shard *shard_of(ct_registry *registry, uintptr_t address) {
    return &registry->shards[(address >> 20 ^ address >> 28) % CT_SHARDS];
}

/// Locks a shard for a thread of the host, or defers its record to the next holder of the lock.
static int take_or_defer(ct_registry *registry, ct_shard *shard, const ct_record *record) {
    if (ct_shard_take(registry, shard, CT_DEFERRAL_PATIENCE)) {
        return 1;
    }
    int is_lost = atomic_load_explicit(&shard->lock.is_lost, memory_order_relaxed);
    // Not deferred for an object that may be retained: the caller must know whether the registry retains it.
    if (!is_lost && !(record->flags & CT_KEPT) && ct_defer_record(registry, shard, record)) {
        return 0;
    }
    if (!is_lost && ct_shard_take(registry, shard, CT_HOST_PATIENCE)) {
        return 1;
    }
    atomic_fetch_add(&registry->missed, 1);
    return 0;
}

ct_tracking_result ct_registry_insert(ct_registry *registry, const ct_record *record) {
    ct_shard *shard = shard_of(registry, record->address);
    int is_taken = record->flags & CT_BIRTH
        ? take_or_defer(registry, shard, record)
        : ct_shard_take(registry, shard, CT_CALLER_PATIENCE);
    if (!is_taken) {
        return CT_FROZEN;
    }
    ct_tracking_result result = ct_shard_insert(registry, shard, record);
    ct_lock_leave(&shard->lock);
    return result;
}

int ct_registry_remove(ct_registry *registry, const void *object, int may_be_kept) {
    uintptr_t address = (uintptr_t)object;
    ct_shard *shard = shard_of(registry, address);
    ct_record death = {
        address, atomic_load_explicit(&registry->generation, memory_order_relaxed) << 16, 0,
        CT_DEATH | (may_be_kept ? CT_KEPT : 0)};
    if (!take_or_defer(registry, shard, &death)) {
        return 0;
    }
    int is_kept = ct_shard_remove(registry, shard, address);
    ct_lock_leave(&shard->lock);
    return is_kept;
}

// MARK: Lookup

/// Locks the shard of a tracked object; returns null, and locks nothing, if the object is not tracked.
static ct_object *lock_object(ct_registry *registry, const void *object, ct_shard **shard) {
    uintptr_t address = (uintptr_t)object;
    *shard = shard_of(registry, address);
    if (ct_tracking_is_forked() || !ct_shard_take(registry, *shard, CT_CALLER_PATIENCE)) {
        return NULL;
    }
    ct_object *found = ct_shard_find(*shard, address);
    if (found == NULL) {
        ct_lock_leave(&(*shard)->lock);
    }
    return found;
}

uint32_t ct_object_rule(ct_registry *registry, const void *object, uint32_t *flags, uint64_t *key) {
    ct_shard *shard;
    ct_object *found = lock_object(registry, object, &shard);
    if (found == NULL) {
        return 0;
    }
    const ct_kind *kind = &registry->kinds[ct_place_kind(found->place)];
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
    // Counted under the new kind as if from birth, so that births and deaths of each kind match.
    ct_count *from = ct_shard_count(shard, ct_place_kind(found->place));
    ct_count *to = ct_shard_count(shard, kind & 0xFFFF);
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

enum { NAME_CHUNK = 1 << 14, NAME_CAPACITY = 256 };

static const char *keep_name(ct_registry *registry, uintptr_t metadata) {
    char name[NAME_CAPACITY];
    size_t bytes = ct_class_name(metadata, name, sizeof name) + 1;
    if (registry->names == NULL || registry->names_used + bytes > NAME_CHUNK) {
        char *chunk = ct_map(NAME_CHUNK);
        if (chunk == NULL) {
            return NULL;
        }
        memcpy(chunk, &registry->names, sizeof registry->names);
        registry->names = chunk;
        registry->names_used = sizeof registry->names;
    }
    char *kept = memcpy(registry->names + registry->names_used, name, bytes);
    registry->names_used += bytes;
    return kept;
}

static void forget_names(ct_registry *registry) {
    while (registry->names != NULL) {
        char *chunk = registry->names;
        memcpy(&registry->names, chunk, sizeof registry->names);
        ct_unmap(chunk, NAME_CHUNK);
    }
}

uint32_t ct_registry_kind(
    ct_registry *registry, uintptr_t metadata, uint64_t identity, uint32_t rule, uint32_t flags) {
    size_t count = atomic_load(&registry->kind_count);
    uint32_t generation = atomic_load(&registry->generation) << 16;
    // From the end, because the kinds added last are looked up most often.
    for (size_t kind = count; kind-- > 1;) {
        const ct_kind *known = &registry->kinds[kind];
        if (known->metadata == metadata && known->identity == identity && known->rule == rule && known->flags == flags) {
            return generation | (uint32_t)kind;
        }
    }
    if (count == CT_KINDS) {
        return 0;
    }
    registry->kinds[count] = (ct_kind){
        .metadata = metadata,
        .identity = identity,
        .name = keep_name(registry, metadata),
        .rule = rule,
        .flags = flags,
        .instance_size = ct_class_instance_size(metadata),
    };
    atomic_store_explicit(&registry->kind_count, count + 1, memory_order_release);
    return generation | (uint32_t)count;
}

uint64_t ct_registry_start(const ct_registry *registry) { return registry->start; }

uint64_t ct_registry_missed(const ct_registry *registry) {
    return atomic_load(&registry->missed) + ct_deferred_to_lost(registry);
}

const ct_kind *ct_registry_kinds(const ct_registry *registry, size_t *count) {
    *count = atomic_load_explicit(&registry->kind_count, memory_order_acquire);
    return registry->kinds;
}
