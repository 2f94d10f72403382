#ifndef CTRACKING_TRACKED_OBJECTS_H
#define CTRACKING_TRACKED_OBJECTS_H

// Records births and deaths of objects as they happen.
//
// This code runs inside the host's allocations and releases, on its threads. It is C because Swift code may itself
// allocate objects there, and in a debug build always does. Nothing is allocated by malloc, because the tracker
// measures that heap. No lock is held while foreign code runs, and every wait for a lock is bounded.

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Registries

enum {
    /// The number of trackers that a process can have at the same time.
    CT_REGISTRIES = 16,
    /// The number of tables, each with its own lock, over which objects are spread by address: threads allocate from
    /// arenas of their own, so they rarely contend for a lock.
    CT_SHARDS = 256,
    /// The number of combinations of class and name that a registry can distinguish.
    CT_KINDS = 1 << 16,
};

/// A live object. 24 bytes.
typedef struct {
    /// A key that is unique in its registry and ascends in order of recording: `ct_key_birth` above `ct_key_shard`.
    uint64_t key;
    /// `ct_place_address` and `ct_place_kind`, in one word.
    uint64_t place;
    /// The id of the stack that created the object, or 0.
    uint32_t trace;
    uint32_t reserved;
} ct_object;

enum {
    CT_ADDRESS_BITS = 48,
    /// The number of bits of a key that hold the shard; CT_SHARDS is the number of their values.
    CT_KEY_SHARD_BITS = 8,
    /// Births are stored in units of 1 << CT_BIRTH_BITS ticks.
    CT_BIRTH_BITS = 2,
};

/// Returns the address of a live object.
static inline uintptr_t ct_place_address(uint64_t place) {
    return (uintptr_t)(place & ((UINT64_C(1) << CT_ADDRESS_BITS) - 1));
}

/// Returns the number of a live object's kind.
static inline uint32_t ct_place_kind(uint64_t place) { return (uint32_t)(place >> CT_ADDRESS_BITS); }

/// Returns the shard of an object.
static inline uint32_t ct_key_shard(uint64_t key) { return (uint32_t)(key & ((1 << CT_KEY_SHARD_BITS) - 1)); }

/// Returns the birth of an object, in ticks since the registry was opened.
static inline uint64_t ct_key_birth(uint64_t key) { return key >> CT_KEY_SHARD_BITS << CT_BIRTH_BITS; }

/// A dead object. 16 bytes.
typedef struct {
    uint64_t key;
    /// The lifetime in units of 1 << CT_BIRTH_BITS ticks; see `ct_dead_lifetime`.
    float lifetime;
    uint16_t kind;
    /// The id of the stack that created the object, or 0; 65,535 stands for that id and all above.
    uint16_t trace;
} ct_dead_object;

/// Returns the lifetime of a dead object in ticks; 0 for a negative one, which results from a counter that jumps back.
static inline uint64_t ct_dead_lifetime(ct_dead_object dead) {
    return dead.lifetime > 0 ? (uint64_t)dead.lifetime << CT_BIRTH_BITS : 0;
}

/// The numbers of objects of one kind that were recorded, and that have died; both modulo 2^32.
typedef struct {
    uint32_t born;
    uint32_t died;
} ct_count;

enum {
    /// Retains instances at birth.
    CT_KEEP = 1,
    /// Records the stack at birth.
    CT_TRACE = 2,
};

/// The properties that all objects of one class under one name share.
///
/// They were copied when the class was first seen: its library may be unloaded, and other data may be at its address.
typedef struct {
    /// The class's metadata.
    uintptr_t metadata;
    /// A number that distinguishes the class from another one at the same address.
    uint64_t identity;
    /// The class's name, without its module or enclosing types and without generic arguments; null if there was no
    /// memory.
    const char *_Nullable name;
    /// The caller's number for the name and the parameters.
    uint32_t rule;
    uint32_t flags;
    /// The bytes of an instance, header included.
    uint32_t instance_size;
    uint32_t reserved;
} ct_kind;

/// The tracked objects of one tracker.
typedef struct ct_registry ct_registry;

/// Opens an empty registry.
///
/// - Parameter dead_capacity: The number of dead objects that are kept; beyond it, new ones replace the oldest.
/// - Returns: Null if the process already has CT_REGISTRIES, or has no memory.
ct_registry *_Nullable ct_registry_open(size_t dead_capacity);

/// Ends observation, and restores classes that no other registry watches. The recorded data stays.
///
/// Objects that were kept are returned for the caller to release, because their `deinit` is the host's code: at most
/// `capacity` a call. Call until it returns 0.
size_t ct_registry_freeze(ct_registry *_Nonnull registry, void *_Nonnull *_Nonnull kept, size_t capacity);

/// Unmaps the registry's memory. Call `ct_registry_freeze` first.
void ct_registry_close(ct_registry *_Nonnull registry);

/// Returns the ticks at which the registry was opened.
uint64_t ct_registry_start(const ct_registry *_Nonnull registry);

/// Returns the bytes of memory in use for the registry.
size_t ct_registry_bytes(ct_registry *_Nonnull registry);

/// Returns the memory that is kept for the registry's growth to the kernel.
void ct_registry_trim(ct_registry *_Nonnull registry);

/// Returns the number of births and deaths that were missed because a lock could not be taken in time, or memory was
/// missing; less those that are entered later, when a lost lock is released.
uint64_t ct_registry_missed(const ct_registry *_Nonnull registry);

/// Returns the kinds seen so far; kinds are added, never changed.
const ct_kind *_Nonnull ct_registry_kinds(const ct_registry *_Nonnull registry, size_t *_Nonnull count);

/// Copies the live objects of one shard at one instant, unordered.
///
/// - Parameters:
///   - objects: Receives the objects if there are at most `capacity`.
///   - counts: Has the shard's counts added to it, for the first `kinds`, if the objects were copied.
/// - Returns: The number of objects; if that is more than `capacity`, none was copied.
size_t ct_registry_copy(
    ct_registry *_Nonnull registry, size_t shard, ct_object *_Nullable objects, size_t capacity,
    ct_count *_Nullable counts, size_t kinds);

/// Sorts the shards by the key of their first object, which mostly is their oldest; empty shards come last.
void ct_registry_order(ct_registry *_Nonnull registry, uint16_t *_Nonnull shards);

/// Adds the counts of a shard to `counts`, for the first `kinds`; also if its lock is lost.
void ct_registry_count_shard(
    ct_registry *_Nonnull registry, size_t shard, ct_count *_Nonnull counts, size_t kinds);

/// Adds the counts of all shards to `counts`, for the first `kinds`; takes some microseconds.
void ct_registry_count(ct_registry *_Nonnull registry, ct_count *_Nonnull counts, size_t kinds);

/// Reads the number of deaths of each shard, modulo 2^32.
void ct_registry_deaths(ct_registry *_Nonnull registry, uint32_t *_Nonnull deaths);

/// Copies the dead objects that are kept, oldest deaths first except for the latest of each shard.
///
/// - Returns: The number of dead objects; those beyond `capacity` are omitted.
size_t ct_registry_copy_dead(ct_registry *_Nonnull registry, ct_dead_object *_Nullable dead, size_t capacity);

/// Indicates whether the object with this key is alive.
int ct_registry_contains(ct_registry *_Nonnull registry, uint64_t key, uintptr_t address);

// MARK: Classes

/// The result of watching a class or recording an object.
typedef enum {
    CT_OK = 0,
    /// Its metadata cannot be written.
    CT_READ_ONLY,
    /// There are too many classes and names.
    CT_TOO_MANY,
    /// There is no memory.
    CT_NO_MEMORY,
    /// The object is tracked already.
    CT_ALREADY,
    /// The registry has been frozen, or the process was forked.
    CT_FROZEN,
    /// The class's library was unloaded.
    CT_GONE,
} ct_tracking_result;

/// Records instances of a class and its subclasses that are created from now on.
///
/// - Parameters:
///   - key: The class's metadata; or the descriptor of a generic class, for all its specializations.
///   - is_descriptor: Whether `key` is a descriptor.
///   - identity: The result of `ct_context_identity` for the descriptor; ignored for metadata.
///   - rule: The caller's number for the name and the parameters; not 0.
ct_tracking_result ct_watch_class(
    ct_registry *_Nonnull registry, uintptr_t key, int is_descriptor, uint64_t identity, uint32_t rule,
    uint32_t flags);

/// Indicates whether the class with this descriptor was watched in a registry at any time; negative if a lock could not
/// be taken.
int ct_class_is_decided(ct_registry *_Nonnull registry, uintptr_t key, uint64_t identity);

/// Applies the rules again to classes whose libraries may have been unloaded and opened again.
void ct_classes_renew(void);

/// Stops recording new instances of a class.
///
/// - Returns: 0 if the class was not watched.
int ct_unwatch_class(ct_registry *_Nonnull registry, uintptr_t key);

/// Records an existing object.
///
/// - Parameter frame: The `ct_frame` of the function whose caller begins the stack that CT_TRACE stores.
ct_tracking_result ct_track_object(
    ct_registry *_Nonnull registry, void *_Nonnull object, uint32_t rule, uint32_t flags, uintptr_t frame);

/// Replaces the rule of a live object.
///
/// - Returns: The rule before; 0 if the object is not tracked.
uint32_t ct_change_object(
    ct_registry *_Nonnull registry, const void *_Nonnull object, uint32_t rule, uint32_t flags);

/// Returns the rule of a live object; 0 if it is not tracked.
uint32_t ct_object_rule(
    ct_registry *_Nonnull registry, const void *_Nonnull object, uint32_t *_Nonnull flags, uint64_t *_Nonnull key);

/// Records deaths of tracked objects whose class was changed to this one.
///
/// - Returns: 0 if the class's metadata cannot be written.
int ct_follow_class(ct_registry *_Nonnull registry, uintptr_t metadata);

/// A class whose objects should be recorded and are not, because its metadata cannot be written.
typedef struct {
    uintptr_t metadata;
    /// A number that distinguishes the class from another one at the same address.
    uint64_t identity;
} ct_refused_class;

/// Takes the refused classes that were not reported yet, each once; costs nothing if there are none.
///
/// - Returns: The number of classes, at most `capacity`; the next call returns the rest.
size_t ct_take_refused_classes(ct_refused_class *_Nonnull classes, size_t capacity);

/// Indicates whether births of any class are watched, so that the runtime's allocation has to be hooked.
int ct_watches_births(void);

// MARK: Hooks

/// Replaces swift_allocObject.
void *_Nonnull ct_allocate_object(const void *_Nonnull metadata, size_t size, size_t alignment_mask);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
