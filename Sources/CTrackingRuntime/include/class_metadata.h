#ifndef CTRACKING_CLASS_METADATA_H
#define CTRACKING_CLASS_METADATA_H

// Reads Swift's metadata where C has to: within an allocation, or while the loader is locked. The module
// SwiftRuntimeABI reads everything else.

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

/// Returns a number that distinguishes the class at this address from classes loaded there at other times; 0 if there
/// is none. Call within a guard.
uint64_t ct_identity_of_class(uintptr_t metadata);

/// Returns the same number for a type's context descriptor: a hash of its name and the names of its parents.
uint64_t ct_context_identity(uintptr_t descriptor);

// MARK: Sections

/// Indicates whether the runtime can search for a conformance or for a type by name. Call within `ct_with_loader`.
///
/// The runtime searches the records of each Swift library and never forgets a library: after one is unloaded, a search
/// that is not yet cached reads unmapped memory.
int ct_runtime_can_search(void);

/// The first libraries that registered with the runtime, which keeps them in this order and forgets none. A library
/// that is loaded again counts as a new one.
typedef struct {
    size_t count;
    /// The section that the last of them registered.
    uintptr_t last;
} ct_announcements;

/// Lists the class descriptors that the Swift runtime knows; one may occur several times.
///
/// - Parameters:
///   - descriptors: Receives the first `capacity` of them.
///   - known: The libraries whose classes are omitted. If the runtime keeps another order, all classes are listed.
///   - announced: Receives all libraries, including these.
/// - Returns: The number of classes; 0 if the runtime does not report them.
size_t ct_class_descriptors(
    uintptr_t *_Nullable descriptors, size_t capacity, ct_announcements known, ct_announcements *_Nonnull announced);

/// The section of one image that describes the fields of its types.
struct ct_field_section {
    uintptr_t start;
    size_t length;
};

/// Lists the field sections of all images that the Swift runtime knows.
///
/// - Parameter sections: Receives the first `capacity` of them.
/// - Returns: The number of sections; 0 if the runtime does not report them.
size_t ct_field_sections(struct ct_field_section *_Nullable sections, size_t capacity);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
