#ifndef CT_TRACKED_OBJECTS_INTERNAL_H
#define CT_TRACKED_OBJECTS_INTERNAL_H

#include "tracked_objects.h"

#include "../Shims/locks_internal.h"

#include <stdatomic.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

enum {
    CT_DEAD_BATCH = 32,
    /// Flags of a record; the first is also a flag of an object.
    CT_KEPT = 1,
    /// The object is new, so an earlier object at its address is dead; otherwise it may be tracked already.
    CT_BIRTH = 2,
    CT_DEATH = 4,
    /// The number of records of all shards that can be deferred.
    CT_DEFERRED = 128,
    /// The number of kinds whose counts are in the shard itself: most services track no more.
    CT_INLINE_KINDS = 16,
    /// The smallest capacity of a shard: the objects that fill a page.
    CT_LEAST_CAPACITY = 128,
    /// The number of table sizes, from the smallest on, of which one outgrown table is kept for the next shard.
    CT_SPARES = 8,
};

#define CT_ADDRESS_MASK ((UINT64_C(1) << CT_ADDRESS_BITS) - 1)

/// A birth, an existing object to track, or a death.
typedef struct {
    uintptr_t address;
    /// The number of the kind, and the registry's generation in the upper half.
    uint32_t kind;
    uint32_t trace;
    uint32_t flags;
} ct_record;

/// The objects of some regions of the heap. Objects and slots are one mapping: `capacity` objects, then twice as many
/// slots, which hold an object's position plus 1.
typedef struct {
    _Alignas(64) ct_lock lock;
    uint32_t count;
    uint32_t capacity;
    uint32_t dead_count;
    /// Total deaths so far, modulo 2^32; may be read without the lock.
    atomic_uint deaths;
    /// Indicates whether deferred records may exist for the next holder of the lock.
    atomic_uint has_deferred;
    ct_object *objects;
    uint32_t *slots;
    /// 0 if there never was an object; may be read without the lock.
    atomic_ullong last_key;
    /// The counts by kind; those above the first ones are in a mapping, made at the first object of such a kind.
    ct_count counts[CT_INLINE_KINDS];
    ct_count *more_counts;
    uint32_t count_room;
    ct_dead_object dead[CT_DEAD_BATCH];
} ct_shard;

typedef struct {
    atomic_uint state;
    ct_record record;
    /// The order in which records were deferred.
    uint64_t ticket;
} ct_deferred;

struct ct_registry {
    ct_shard shards[CT_SHARDS];
    uint64_t start;
    size_t index;
    /// Distinguishes a registry from the one before in the same place; also in the upper half of a class's kind.
    atomic_uint generation;
    atomic_int is_frozen;
    atomic_int is_open;
    ct_kind *kinds;
    /// The current block for copied names, which begins with a pointer to the one before, and its used bytes.
    char *names;
    size_t names_used;
    atomic_size_t kind_count;
    atomic_ullong missed;

    /// On a cache line of its own, apart from the fields that every birth reads: all threads write it.
    _Alignas(64) ct_lock dead_lock;
    ct_dead_object *dead;
    size_t dead_capacity;
    /// The number of dead objects ever written; read without the lock to determine the memory in use.
    atomic_ullong dead_total;

    /// Tables that shards have outgrown, by size. Shards grow one after the other, so the next shard takes the table
    /// and the kernel need not map and clear another. None is left after a snapshot.
    ct_object *_Atomic spares[CT_SPARES];

    atomic_ullong tickets;
    ct_deferred deferred[CT_DEFERRED];
};

/// Returns the registry in a place, or null.
ct_registry *ct_registry_at(size_t index);

/// Adds an object.
ct_tracking_result ct_registry_insert(ct_registry *registry, const ct_record *record);

/// Removes an object that dies.
///
/// - Parameter may_be_kept: Whether it dies although the registry may retain it.
/// - Returns: Whether the registry retains it.
int ct_registry_remove(ct_registry *registry, const void *object, int may_be_kept);

/// Changes the kind of a tracked object.
///
/// - Returns: 0 if it is not tracked.
int ct_registry_set_kind(ct_registry *registry, const void *object, uint32_t kind);

/// Returns the number of a kind, which is added if necessary; 0 if there is no space. The caller holds the class lock.
///
/// - Parameter identity: Distinguishes the class from another one at the same address.
uint32_t ct_registry_kind(
    ct_registry *registry, uintptr_t metadata, uint64_t identity, uint32_t rule, uint32_t flags);

/// Ends recording.
///
/// - Returns: Whether it had ended before.
int ct_registry_end_recording(ct_registry *registry);

/// Takes at most `capacity` of the objects that the registry retains, which the caller releases.
size_t ct_registry_take_kept(ct_registry *registry, void **kept, size_t capacity);

// MARK: The table of a shard, whose lock is held

/// Returns the bytes of a table's mapping.
static inline size_t ct_table_bytes(uint32_t capacity) {
    return capacity * (sizeof(ct_object) + 2 * sizeof(uint32_t));
}

/// Changes the capacity of a table to another power of two.
///
/// - Returns: 0 if the kernel gives no memory.
int ct_shard_resize(ct_registry *registry, ct_shard *shard, uint32_t capacity);

/// Returns the counts of a kind; null if the kernel gives no more memory.
ct_count *ct_shard_count(ct_shard *shard, uint32_t kind);

/// Returns the object at an address, or null.
ct_object *ct_shard_find(const ct_shard *shard, uintptr_t address);

ct_tracking_result ct_shard_insert(ct_registry *registry, ct_shard *shard, const ct_record *record);

/// Removes the object at an address.
///
/// - Returns: Whether the registry retains the object.
int ct_shard_remove(ct_registry *registry, ct_shard *shard, uintptr_t address);

// MARK: Deferred records

/// Defers a record.
///
/// - Returns: 0 if there is no space.
int ct_defer_record(ct_registry *registry, ct_shard *shard, const ct_record *record);

/// Returns the number of records that are deferred for shards whose locks are lost.
size_t ct_deferred_to_lost(const ct_registry *registry);

/// Enters the deferred records of a shard, whose lock the caller holds.
void ct_enter_deferred(ct_registry *registry, ct_shard *shard);

/// Locks a shard, and enters its deferred records.
static inline int ct_shard_take(ct_registry *registry, ct_shard *shard, unsigned milliseconds) {
    if (!ct_lock_take(&shard->lock, milliseconds)) {
        return 0;
    }
    if (__builtin_expect(atomic_load_explicit(&shard->has_deferred, memory_order_acquire) != 0, 0)) {
        ct_enter_deferred(registry, shard);
    }
    return 1;
}

#pragma GCC visibility pop

#endif
