#ifndef CTRACKING_CLASS_METADATA_H
#define CTRACKING_CLASS_METADATA_H

// Swift's metadata, as far as C has to read it: within an allocation, or while the loader is locked. All else is read by the
// module SwiftRuntimeABI.

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

/// What tells the class whose metadata is at an address from others that lie there at other times; 0 where there is none.
/// Within a guard.
uint64_t ct_identity_of_class(uintptr_t metadata);

/// The same of the compiler's description of a type: its name and those around it.
uint64_t ct_context_identity(uintptr_t descriptor);

// MARK: Sections

/// Whether the runtime can look for a conformance or for a type by its name; within `ct_with_loader`.
///
/// It searches what each Swift library has brought along, and never forgets a library: after one was unloaded, a search that
/// it has not made before reads memory that is gone.
int ct_runtime_can_search(void);

/// The first libraries that announced themselves to the runtime, which keeps them in this order and forgets none: one that
/// is loaded once more is a new one, wherever it lies.
typedef struct {
    size_t count;
    /// What the last of them announced itself with.
    uintptr_t last;
} ct_announcements;

/// Lists the descriptors of the classes that the Swift runtime knows; one may come several times.
///
/// - Parameters:
///   - descriptors: Receives the first `capacity` of them.
///   - known: Libraries whose classes are left out. Of a runtime that keeps another order, all classes are listed.
///   - announced: Receives all libraries, these included.
/// - Returns: How many classes there are; 0 if the runtime does not tell.
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
/// - Returns: How many there are; 0 if the runtime does not tell.
size_t ct_field_sections(struct ct_field_section *_Nullable sections, size_t capacity);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
