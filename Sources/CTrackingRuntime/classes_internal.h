#ifndef CT_CLASSES_INTERNAL_H
#define CT_CLASSES_INTERNAL_H

#include "guarded_reads.h"
#include "tracked_objects_internal.h"

// Layout of class metadata (Metadata.h in the Swift repository), in words from the address point. Linux has no
// Objective-C, hence no words for it.
enum { DESTROY = -2, KIND = 0, SUPERCLASS = 1, DESCRIPTOR = 5, LAST_KIND_OF_OTHERS = 0x7FF };

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

static inline uintptr_t ct_metadata_word(uintptr_t metadata, int index) { return ((const uintptr_t *)metadata)[index]; }

/// The same of metadata that may be gone, with the library that it was in; 0 then, within a guard.
static inline uintptr_t ct_lost_metadata_word(uintptr_t metadata, int index) {
    return ct_read64((uintptr_t)((const uintptr_t *)metadata + index));
}

static inline int ct_is_class(uintptr_t metadata) {
    uintptr_t kind = ct_metadata_word(metadata, KIND);
    return kind == 0 || kind > LAST_KIND_OF_OTHERS;
}

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

/// Whether what was patched as this class is there still. Within a guard, where its library may have been unloaded.
int ct_class_is_there(const ct_class *class);

/// Has deaths of a class's instances told. The lock of the classes is held.
ct_tracking_result ct_class_patch(ct_class *class);

/// Puts back what `ct_class_patch` has changed. The lock of the classes is held.
void ct_class_restore(ct_class *class);

/// - Parameter is_unfinished: Whether its initialiser failed: then it dies although registries may retain it.
/// - Returns: How often the object is retained by registries.
int ct_record_death(const ct_class *class, void *object, int is_unfinished);

/// Whether a word can be written, found out by having the kernel write what is in it: the lower half of it.
int ct_is_writable(void *address);

#endif
