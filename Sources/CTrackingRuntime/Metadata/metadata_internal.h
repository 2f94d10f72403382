#ifndef CT_METADATA_INTERNAL_H
#define CT_METADATA_INTERNAL_H

#include "class_metadata.h"
#include "guarded_reads.h"

#include <stdatomic.h>
#include <stdbool.h>

#pragma GCC visibility push(hidden)

// MARK: Classes

// Layout of class metadata (Metadata.h in the Swift repository), in words from the address point. Linux has no
// Objective-C, hence no words for it.
enum { DESTROY = -2, KIND = 0, SUPERCLASS = 1, DESCRIPTOR = 5, LAST_KIND_OF_OTHERS = 0x7FF };

/// Reads a word of metadata, which another thread may be changing.
static inline uintptr_t ct_metadata_word(uintptr_t metadata, int index) {
    return atomic_load_explicit((const _Atomic uintptr_t *)metadata + index, memory_order_relaxed);
}

/// Reads a word of metadata whose library may be unloaded; returns 0 then. Call within a guard.
static inline uintptr_t ct_lost_metadata_word(uintptr_t metadata, int index) {
    return ct_read64((uintptr_t)((const uintptr_t *)metadata + index));
}

static inline int ct_is_class(uintptr_t metadata) {
    uintptr_t kind = ct_metadata_word(metadata, KIND);
    return kind == 0 || kind > LAST_KIND_OF_OTHERS;
}

/// Returns a number that distinguishes the class at this address from any class there at another time; 0 if there is
/// none. Call within a guard if its library may have been unloaded.
uint64_t ct_class_identity(uintptr_t metadata);

/// Returns the bytes of an instance of a class; 0 if the class is unloaded. Call within a guard.
uint32_t ct_class_instance_size(uintptr_t metadata);

/// Copies the name of a class, without its parents and without generic arguments. Call within a guard.
///
/// - Returns: The bytes of the name.
size_t ct_class_name(uintptr_t metadata, char *name, size_t capacity);

// MARK: Sections

/// A section of an image.
typedef struct {
    uintptr_t start;
    size_t length;
} ct_metadata_section;

/// The beginning of the runtime's `MetadataSections` from version 3 on; later versions only append fields.
typedef struct {
    uintptr_t version;
    const void *base_address;
    void *unused[2];
    ct_metadata_section protocols, conformances, types, type_references, strings, fields;
} ct_metadata_sections;

enum { CT_FIRST_SECTIONS_VERSION = 3 };

#pragma GCC visibility pop

// Not hidden, because another library defines it. Weak, so that a program with an older runtime starts; a lookup by
// dlsym fails if the runtime is linked statically.
extern void swift_enumerateAllMetadataSections(bool (*body)(const ct_metadata_sections *, void *), void *)
    __attribute__((weak));

#endif
