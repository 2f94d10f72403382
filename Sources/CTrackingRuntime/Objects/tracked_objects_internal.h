#ifndef CT_TRACKED_OBJECTS_INTERNAL_H
#define CT_TRACKED_OBJECTS_INTERNAL_H

#include "tracked_objects.h"

#include "../Shims/locks_internal.h"

#include <stdatomic.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

enum {
    CT_DEAD_BATCH = 32,
    /// Flags of a record; the first is an object's, too.
    CT_KEPT = 1,
    /// The object is new, so that what was at its address is dead; otherwise it may be tracked already.
    CT_BIRTH = 2,
    CT_DEATH = 4,
    /// Records that wait for a shard's lock, of all shards.
    CT_DEFERRED = 128,
    /// Kinds whose counts are in the shard itself: most services track no more.
    CT_INLINE_KINDS = 16,
    /// Objects that a shard has room for at least: what fills a page.
    CT_LEAST_CAPACITY = 128,
    /// Sizes of tables, from the least on, of which one that was outgrown is kept for the next shard.
    CT_SPARES = 8,
};

#define CT_ADDRESS_MASK ((UINT64_C(1) << CT_ADDRESS_BITS) - 1)

/// A birth, an object that is tracked from now on, or a death.
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
    /// Ever, modulo 2^32; read without the lock.
    atomic_uint deaths;
    /// Whether records may wait for who takes the lock next.
    atomic_uint has_deferred;
    ct_object *objects;
    uint32_t *slots;
    /// 0 where no object ever was; that is read without the lock.
    atomic_ullong last_key;
    /// By kind; those above the first ones are a mapping, made when one of them is met.
    ct_count counts[CT_INLINE_KINDS];
    ct_count *more_counts;
    uint32_t count_room;
    ct_dead_object dead[CT_DEAD_BATCH];
} ct_shard;

typedef struct {
    atomic_uint state;
    ct_record record;
    /// Tells which was left first.
    uint64_t ticket;
} ct_deferred;

struct ct_registry {
    ct_shard shards[CT_SHARDS];
    uint64_t start;
    size_t index;
    /// Tells a registry from the one before in the same place; in the high half of a class's kind.
    atomic_uint generation;
    atomic_int is_frozen;
    atomic_int is_open;
    ct_kind *kinds;
    /// Where names are copied to, which begins with the one before, and how much of it is used.
    char *names;
    size_t names_used;
    atomic_size_t kind_count;
    atomic_ullong missed;

    /// Apart from what every birth reads: it is written by all threads.
    _Alignas(64) ct_lock dead_lock;
    ct_dead_object *dead;
    size_t dead_capacity;
    /// Ever written; how much memory that is, is read without the lock.
    atomic_ullong dead_total;

    /// Tables that shards have outgrown, by size. Shards fill one after the other: what one leaves the next one takes, and
    /// the kernel has neither to map nor to clear it. None is left after a snapshot.
    ct_object *_Atomic spares[CT_SPARES];

    atomic_ullong tickets;
    ct_deferred deferred[CT_DEFERRED];
};

/// The registry in a place, or null.
ct_registry *ct_registry_at(size_t index);

/// Adds an object.
ct_tracking_result ct_registry_insert(ct_registry *registry, const ct_record *record);

/// Removes an object that dies.
///
/// - Parameter may_be_kept: Whether it dies although the registry may retain it.
/// - Returns: Whether the registry retains it.
int ct_registry_remove(ct_registry *registry, const void *object, int may_be_kept);

/// Gives an object that is tracked another kind.
///
/// - Returns: 0 where it is not tracked.
int ct_registry_set_kind(ct_registry *registry, const void *object, uint32_t kind);

/// The number of a kind, which is added if need be; 0 where there is no room. The class lock is held.
///
/// - Parameter identity: Tells the class from another one at the same address.
uint32_t ct_registry_kind(
    ct_registry *registry, uintptr_t metadata, uint64_t identity, uint32_t rule, uint32_t flags);

/// Ends recording.
///
/// - Returns: Whether it had ended before.
int ct_registry_end_recording(ct_registry *registry);

/// Takes objects that the registry retains, at most `capacity` of them, to be released by the caller.
size_t ct_registry_take_kept(ct_registry *registry, void **kept, size_t capacity);

// MARK: The table of a shard, whose lock is held

/// The bytes of a table's mapping.
static inline size_t ct_table_bytes(uint32_t capacity) {
    return capacity * (sizeof(ct_object) + 2 * sizeof(uint32_t));
}

/// Gives the table another capacity, a power of two.
///
/// - Returns: 0 where the kernel gives no memory.
int ct_shard_resize(ct_registry *registry, ct_shard *shard, uint32_t capacity);

/// The counts of a kind; null where the kernel gives no more memory.
ct_count *ct_shard_count(ct_shard *shard, uint32_t kind);

/// The object at an address, or null.
ct_object *ct_shard_find(const ct_shard *shard, uintptr_t address);

ct_tracking_result ct_shard_insert(ct_registry *registry, ct_shard *shard, const ct_record *record);

/// - Returns: Whether the registry retains the object.
int ct_shard_remove(ct_registry *registry, ct_shard *shard, uintptr_t address);

// MARK: Deferred records

/// - Returns: 0 where there is no room.
int ct_defer_record(ct_registry *registry, ct_shard *shard, const ct_record *record);

/// How many records wait for shards whose locks are lost.
size_t ct_deferred_to_lost(const ct_registry *registry);

/// Enters what waits for the shard, whose lock is held.
void ct_enter_deferred(ct_registry *registry, ct_shard *shard);

/// Locks a shard, and sees to it that its table is up to date.
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
