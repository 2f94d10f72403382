#ifndef CT_CLASSES_INTERNAL_H
#define CT_CLASSES_INTERNAL_H

#include "tracked_objects.h"

#include "../Metadata/metadata_internal.h"
#include "../Objects/tracked_objects_internal.h"

#pragma GCC visibility push(hidden)

enum {
    CLASSES_A_CHUNK = 256,
    MAXIMUM_CHUNKS = 256,
    DEPTH_LIMIT = 256,
};

typedef __attribute__((swiftcall)) void destroy_function(__attribute__((swift_context)) void *object);

/// A class whose instances are tracked, or the descriptor of a generic class whose specializations are.
typedef struct {
    uintptr_t key;
    /// The original destroy word of its metadata. Kept when the word is restored, for threads that have already read
    /// our word.
    _Atomic(destroy_function *) destroy;
    /// The registries that record births, and those that may have instances: one bit each.
    atomic_uint births, deaths;
    /// Indicates whether any registry has ever retained instances.
    atomic_int is_kept;
    int is_patched, is_descriptor;
    /// Indicates whether an object was created that is not observed because the metadata cannot be written, and whether
    /// that was reported.
    enum { CT_NOT_REFUSED, CT_REFUSED, CT_REFUSAL_TOLD } refusal;
    /// The registries in which the class was ever watched: one bit each.
    unsigned decided;
    /// A number that distinguishes it from another class at this address later; 0 until its rules are applied.
    uint64_t identity;
    /// Words of its metadata when it was patched, for comparison: after its library is unloaded, other data may be
    /// there.
    uintptr_t superclass, descriptor;
    /// For each registry, the kind of new instances, and the rule of this class itself.
    atomic_uint kind[CT_REGISTRIES];
    atomic_uint rule[CT_REGISTRIES];
    uint32_t flags[CT_REGISTRIES];
} ct_class;

typedef struct {
    _Atomic uintptr_t key;
    _Atomic(ct_class *) class;
} ct_class_slot;

typedef struct {
    size_t mask;
    ct_class_slot slots[];
} ct_class_table;

/// The table only grows, so readers take no lock.
extern _Atomic(ct_class_table *) ct_classes;
extern size_t ct_class_count;
extern ct_class *ct_class_chunks[MAXIMUM_CHUNKS];

static inline size_t ct_class_hash(uintptr_t key) { return (key >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 20; }

static inline ct_class *ct_class_find(uintptr_t key) {
    ct_class_table *table = atomic_load_explicit(&ct_classes, memory_order_acquire);
    if (table == NULL) {
        return NULL;
    }
    for (size_t slot = ct_class_hash(key) & table->mask;; slot = (slot + 1) & table->mask) {
        uintptr_t found = atomic_load_explicit(&table->slots[slot].key, memory_order_acquire);
        if (found == key) {
            return atomic_load_explicit(&table->slots[slot].class, memory_order_relaxed);
        }
        if (found == 0) {
            return NULL;
        }
    }
}

static inline ct_class *ct_class_at(size_t index) { return &ct_class_chunks[index / CLASSES_A_CHUNK][index % CLASSES_A_CHUNK]; }

/// Returns the class with a key, and adds it if necessary; null if there is no space. The caller holds the lock of the
/// classes.
ct_class *ct_class_obtain(uintptr_t key);

/// Indicates whether another class, or the same one opened again, is at the address where this one was patched. For a
/// class whose object is being created.
int ct_class_is_new(const ct_class *class);

/// Indicates whether the patched class is still there. Call within a guard if its library may have been unloaded.
int ct_class_is_there(const ct_class *class);

/// Makes deaths of a class's instances observable. The caller holds the lock of the classes.
ct_tracking_result ct_class_patch(ct_class *class);

/// Undoes `ct_class_patch`. The caller holds the lock of the classes.
void ct_class_restore(ct_class *class);

/// Records the death of an object.
///
/// - Parameter is_unfinished: Whether its initializer failed: then it dies although registries may retain it.
/// - Returns: The number of registries that retain the object.
int ct_record_death(const ct_class *class, void *object, int is_unfinished);

// MARK: Hooks

/// Replaces swift_deallocPartialClassInstance, which frees an object whose initializer fails.
void ct_deallocate_partial_instance(void *object, const void *metadata, size_t size, size_t alignment_mask);

/// Sets the runtime's functions that the hooks call.
void ct_set_originals(void *allocate, void *deallocate_partial);

/// Sets the function that records the stack of a new object; null if no stacks are recorded.
void ct_set_tracing(uint32_t (*intern)(uintptr_t frame));

/// Returns the id of the stack above a frame; 0 while no stacks are recorded.
uint32_t ct_birth_trace(uintptr_t frame);

// MARK: Rules

/// The lock for changing rules and classes; the loader's lock may be taken while it is held.
extern ct_lock ct_classes_lock;

/// Handles another class at the address of this one, as after a library was unloaded and another one opened: the old
/// rules do not apply, and its objects are of other kinds. The caller holds the lock.
void ct_class_renew(ct_class *class);

// Untracked classes are cached in a table without chains: a place holds one class. An entry holds the generation of the
// rules, so that adding a rule invalidates all earlier entries.
enum { CT_UNTRACKED_BITS = 12, CT_GENERATION_SHIFT = 48 };

extern _Atomic uintptr_t ct_untracked[1 << CT_UNTRACKED_BITS];
extern _Atomic uintptr_t ct_rules_generation;

static inline size_t ct_untracked_place(uintptr_t metadata) {
    return (metadata >> 4 ^ metadata >> (4 + CT_UNTRACKED_BITS)) & ((1 << CT_UNTRACKED_BITS) - 1);
}

/// Clears the cache of untracked classes.
void ct_forget_untracked(void);

/// Removes all rules of a registry, and stops observing the classes that no other registry observes.
void ct_classes_forget(ct_registry *registry);

/// Returns a class that is seen for the first time since a rule was added, or null.
///
/// - Parameter is_settled: Receives whether its instances are untracked until the rules change.
ct_class *ct_class_meet(uintptr_t metadata, int *is_settled);

/// Handles a known class whose address now holds another library's class.
///
/// - Returns: The registries that record the birth.
unsigned ct_class_meet_again(ct_class *class);

#pragma GCC visibility pop

#endif
