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

/// A class whose instances are tracked, or the descriptor of a generic class whose specialisations are.
typedef struct {
    uintptr_t key;
    /// What its metadata's destroy word was; stays when the word is put back, for who is on the way here.
    _Atomic(destroy_function *) destroy;
    /// One bit for each registry: which have births recorded, and which may have instances.
    atomic_uint births, deaths;
    /// Whether any registry has ever retained instances.
    atomic_int is_kept;
    int is_patched, is_descriptor;
    /// Whether an object of it was created that is not observed, because its metadata cannot be written.
    enum { CT_NOT_REFUSED, CT_REFUSED, CT_REFUSAL_TOLD } refusal;
    /// One bit for each registry in which it was watched, though it may not be any more.
    unsigned decided;
    /// Tells it from another class that lies in its place later; 0 until its rules are applied.
    uint64_t identity;
    /// Words of its metadata when it was patched: where a library was unloaded, something else may lie there.
    uintptr_t superclass, descriptor;
    /// By registry: what new instances are, and what was said of this very class.
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

/// Grows, and never shrinks: who reads it takes no lock.
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

/// The class with a key, made if need be; null where there is no room. The lock of the classes is held.
ct_class *ct_class_obtain(uintptr_t key);

/// Whether another class lies where this one was patched, or the same once more: its library was opened again. For a class
/// of which an object is just made.
int ct_class_is_new(const ct_class *class);

/// Whether what was patched as this class is there still. Within a guard, where its library may have been unloaded.
int ct_class_is_there(const ct_class *class);

/// Has deaths of a class's instances told. The lock of the classes is held.
ct_tracking_result ct_class_patch(ct_class *class);

/// Puts back what `ct_class_patch` has changed. The lock of the classes is held.
void ct_class_restore(ct_class *class);

/// - Parameter is_unfinished: Whether its initialiser failed: then it dies although registries may retain it.
/// - Returns: How often the object is retained by registries.
int ct_record_death(const ct_class *class, void *object, int is_unfinished);

// MARK: Hooks

/// What takes the place of swift_deallocPartialClassInstance, which frees what a failing initialiser leaves behind.
void ct_deallocate_partial_instance(void *object, const void *metadata, size_t size, size_t alignment_mask);

/// Sets what the hooks call: the functions of the runtime.
void ct_set_originals(void *allocate, void *deallocate_partial);

/// Sets what takes the stack of a new object; null while nobody asks for stacks.
void ct_set_tracing(uint32_t (*intern)(uintptr_t frame));

// MARK: Rules

/// Held while rules and classes are changed; the loader's lock is taken inside of it.
extern ct_lock ct_classes_lock;

/// Takes note of another class that lies where this one was, as after a library was unloaded and another one opened: no rule
/// was made for it, and objects of it are of other kinds. The lock is held.
void ct_class_renew(ct_class *class);

// Which classes are not tracked is remembered in a table without collisions: a place has one class or two take turns.
// With the class stands the generation of the rules, so that a rule makes all that was remembered before it worthless.
enum { CT_UNTRACKED_BITS = 12, CT_GENERATION_SHIFT = 48 };

extern _Atomic uintptr_t ct_untracked[1 << CT_UNTRACKED_BITS];
extern _Atomic uintptr_t ct_rules_generation;

static inline size_t ct_untracked_place(uintptr_t metadata) {
    return (metadata >> 4 ^ metadata >> (4 + CT_UNTRACKED_BITS)) & ((1 << CT_UNTRACKED_BITS) - 1);
}

/// Forgets which classes are known not to be tracked.
void ct_forget_untracked(void);

/// Ends all rules of a registry, and stops observing the classes that no other registry observes.
void ct_classes_forget(ct_registry *registry);

/// A class that is met for the first time since a rule was made.
///
/// - Parameter is_settled: Whether it is known for good that its instances are not tracked.
ct_class *ct_class_meet(uintptr_t metadata, int *is_settled);

/// A class that was met before, of which the library was unloaded and another one lies there.
///
/// - Returns: The registries in which the birth is recorded.
unsigned ct_class_meet_again(ct_class *class);

#pragma GCC visibility pop

#endif
