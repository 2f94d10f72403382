#ifndef CTRACKING_TRACKED_OBJECTS_H
#define CTRACKING_TRACKED_OBJECTS_H

// Births and deaths of objects, as they happen.
//
// What is here runs inside of the host's allocations and releases, on its threads. It is C because Swift code may itself
// allocate objects there, and in a debug build always does. Nothing is taken from malloc, so that the heap that is
// measured is the host's; no lock is held while foreign code runs, and none is waited for without end.

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Registries

enum {
    /// Trackers that a process can have at the same time.
    CT_REGISTRIES = 16,
    /// Objects are spread over so many tables, each with its own lock, by where they lie: threads allocate from arenas
    /// of their own, and do not meet.
    CT_SHARDS = 256,
    /// Combinations of class and name that a registry can tell apart.
    CT_KINDS = 1 << 16,
};

/// A live object. 24 bytes.
typedef struct {
    /// Unique in its registry and ascending in order of announcement: `ct_key_birth` above `ct_key_shard`.
    uint64_t key;
    /// `ct_place_address` and `ct_place_kind`, in one word.
    uint64_t place;
    /// The stack that it was made on, or 0.
    uint32_t trace;
    uint32_t reserved;
} ct_object;

enum {
    CT_ADDRESS_BITS = 48,
    /// The bits of a key that say the shard; CT_SHARDS is their number of values.
    CT_KEY_SHARD_BITS = 8,
    /// Births are told in units of 1 << CT_BIRTH_BITS ticks.
    CT_BIRTH_BITS = 2,
};

/// The address of a live object.
static inline uintptr_t ct_place_address(uint64_t place) {
    return (uintptr_t)(place & ((UINT64_C(1) << CT_ADDRESS_BITS) - 1));
}

/// The number of a live object's kind.
static inline uint32_t ct_place_kind(uint64_t place) { return (uint32_t)(place >> CT_ADDRESS_BITS); }

/// The shard that an object is in.
static inline uint32_t ct_key_shard(uint64_t key) { return (uint32_t)(key & ((1 << CT_KEY_SHARD_BITS) - 1)); }

/// The birth of an object, in ticks since the registry was opened.
static inline uint64_t ct_key_birth(uint64_t key) { return key >> CT_KEY_SHARD_BITS << CT_BIRTH_BITS; }

/// A dead object. 16 bytes.
typedef struct {
    uint64_t key;
    /// Lifetime in units of 1 << CT_BIRTH_BITS ticks; `ct_dead_lifetime`.
    float lifetime;
    uint16_t kind;
    /// The stack that it was made on, or 0; 65,535 stands for it and all above.
    uint16_t trace;
} ct_dead_object;

/// The lifetime of a dead object, in ticks; a negative one, which a counter that jumps back gives, is 0.
static inline uint64_t ct_dead_lifetime(ct_dead_object dead) {
    return dead.lifetime > 0 ? (uint64_t)dead.lifetime << CT_BIRTH_BITS : 0;
}

/// How many objects of one kind were ever announced, and have died; both modulo 2^32.
typedef struct {
    uint32_t born;
    uint32_t died;
} ct_count;

enum {
    /// Instances are retained when they are born.
    CT_KEEP = 1,
    /// The stack is recorded when they are born.
    CT_TRACE = 2,
};

/// What the objects of one class under one name have in common.
///
/// What is told of the class was copied when it was met: its library may be gone, and something else may lie there.
typedef struct {
    /// The class's metadata.
    uintptr_t metadata;
    /// Tells the class from another one at the same address.
    uint64_t identity;
    /// The class's name, without what is around it and without generic arguments; null where there was no memory.
    const char *_Nullable name;
    /// The caller's number for the name and the parameters.
    uint32_t rule;
    uint32_t flags;
    /// Bytes of an instance, header included.
    uint32_t instance_size;
    uint32_t reserved;
} ct_kind;

/// The tracked objects of one tracker.
typedef struct ct_registry ct_registry;

/// Opens an empty registry.
///
/// - Parameter dead_capacity: Dead objects that are kept; then the oldest give way.
/// - Returns: Null where the process has as many as it can have, or no memory.
ct_registry *_Nullable ct_registry_open(size_t dead_capacity);

/// Ends observation: classes are as before where no other registry watches them. What was gathered stays.
///
/// Objects that were kept are returned to be released, because their `deinit` is the host's code: at most `capacity` a
/// call. Call until it returns 0.
size_t ct_registry_freeze(ct_registry *_Nonnull registry, void *_Nonnull *_Nonnull kept, size_t capacity);

/// Gives everything back. Freeze first.
void ct_registry_close(ct_registry *_Nonnull registry);

/// The ticks at which the registry was opened.
uint64_t ct_registry_start(const ct_registry *_Nonnull registry);

/// Bytes of memory that are in use for the registry.
size_t ct_registry_bytes(ct_registry *_Nonnull registry);

/// Gives back memory that is kept for the registry's growth.
void ct_registry_trim(ct_registry *_Nonnull registry);

/// Births and deaths that were missed because a lock was not to be had for too long, or memory was not; less those that are
/// entered after all when a lock that was lost comes back.
uint64_t ct_registry_missed(const ct_registry *_Nonnull registry);

/// The kinds met so far; they are added, never changed.
const ct_kind *_Nonnull ct_registry_kinds(const ct_registry *_Nonnull registry, size_t *_Nonnull count);

/// Copies the live objects of one shard, in no order, all of one instant.
///
/// - Parameters:
///   - objects: Receives them if there are at most `capacity`.
///   - counts: What the shard has counted is added to these, for the first `kinds`, where the objects were copied.
/// - Returns: How many objects there are; where that is more than `capacity`, none was copied.
size_t ct_registry_copy(
    ct_registry *_Nonnull registry, size_t shard, ct_object *_Nullable objects, size_t capacity,
    ct_count *_Nullable counts, size_t kinds);

/// Puts the shards into the order of the objects that stand first in them, which mostly are their oldest; empty ones come
/// last.
void ct_registry_order(ct_registry *_Nonnull registry, uint16_t *_Nonnull shards);

/// Adds up what a shard has counted, for the first `kinds`; also where its lock is lost.
void ct_registry_count_shard(
    ct_registry *_Nonnull registry, size_t shard, ct_count *_Nonnull counts, size_t kinds);

/// Adds up what all shards have counted, for the first `kinds`; some microseconds.
void ct_registry_count(ct_registry *_Nonnull registry, ct_count *_Nonnull counts, size_t kinds);

/// Tells how many objects of each shard have died, modulo 2^32.
void ct_registry_deaths(ct_registry *_Nonnull registry, uint32_t *_Nonnull deaths);

/// Copies the dead objects that are kept, oldest deaths first but for the latest of each shard.
///
/// - Returns: How many there are; where that is more than `capacity`, the rest was left out.
size_t ct_registry_copy_dead(ct_registry *_Nonnull registry, ct_dead_object *_Nullable dead, size_t capacity);

/// Whether the object with this key is alive.
int ct_registry_contains(ct_registry *_Nonnull registry, uint64_t key, uintptr_t address);

// MARK: Classes

/// Why a class cannot be watched.
typedef enum {
    CT_OK = 0,
    /// Its metadata cannot be written.
    CT_READ_ONLY,
    /// Too many classes and names.
    CT_TOO_MANY,
    /// No memory.
    CT_NO_MEMORY,
    /// The object is tracked already.
    CT_ALREADY,
    /// The registry has been frozen, or the process was forked.
    CT_FROZEN,
    /// The library is gone that the class was in.
    CT_GONE,
} ct_tracking_result;

/// Has instances of a class and its subclasses recorded that are born from now on.
///
/// - Parameters:
///   - key: The class's metadata; or the descriptor of a generic class, for all its specialisations.
///   - is_descriptor: Which of the two.
///   - identity: What `ct_context_identity` said of the descriptor; of no meaning for metadata.
///   - rule: The caller's number for the name and the parameters; not 0.
ct_tracking_result ct_watch_class(
    ct_registry *_Nonnull registry, uintptr_t key, int is_descriptor, uint64_t identity, uint32_t rule,
    uint32_t flags);

/// Whether the class that this descriptor describes was watched in a registry at any time; negative where a lock was not to
/// be had to tell.
int ct_class_is_decided(ct_registry *_Nonnull registry, uintptr_t key, uint64_t identity);

/// Applies the rules once more to classes whose libraries may have been unloaded and opened again.
void ct_classes_renew(void);

/// Ends that for new instances.
///
/// - Returns: 0 where the class was not watched.
int ct_unwatch_class(ct_registry *_Nonnull registry, uintptr_t key);

/// Records an object that exists.
ct_tracking_result ct_track_object(
    ct_registry *_Nonnull registry, void *_Nonnull object, uint32_t rule, uint32_t flags);

/// Gives a live object another rule.
///
/// - Returns: The rule it had; 0 where it is not tracked.
uint32_t ct_change_object(
    ct_registry *_Nonnull registry, const void *_Nonnull object, uint32_t rule, uint32_t flags);

/// The rule of a live object; 0 where it is not tracked.
uint32_t ct_object_rule(
    ct_registry *_Nonnull registry, const void *_Nonnull object, uint32_t *_Nonnull flags, uint64_t *_Nonnull key);

/// Has deaths told of tracked objects that have changed their class for this one.
///
/// - Returns: 0 where the class's metadata cannot be written.
int ct_follow_class(ct_registry *_Nonnull registry, uintptr_t metadata);

/// A class of which objects were created that should be recorded, and are not, because its metadata cannot be written.
typedef struct {
    uintptr_t metadata;
    /// Tells the class from another one at the same address.
    uint64_t identity;
} ct_refused_class;

/// Takes what is to be told of such classes, each once; costs nothing where there are none.
///
/// - Returns: How many there are, at most `capacity`; the next call has the rest.
size_t ct_take_refused_classes(ct_refused_class *_Nonnull classes, size_t capacity);

/// Whether births of any class are watched, so that the runtime's allocation has to be hooked.
int ct_watches_births(void);

// MARK: Hooks

/// What takes the place of swift_allocObject.
void *_Nonnull ct_allocate_object(const void *_Nonnull metadata, size_t size, size_t alignment_mask);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
