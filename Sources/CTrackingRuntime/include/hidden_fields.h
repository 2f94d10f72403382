#ifndef CTRACKING_HIDDEN_FIELDS_H
#define CTRACKING_HIDDEN_FIELDS_H

// What the search for the types of hidden fields needs to know of loaded images.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The file that a loaded image came from.
struct ct_image_file {
    /// What is added to an address in the file to get the address in memory.
    uintptr_t bias;
    /// The image's build id, in its own memory, or null.
    const uint8_t *_Nullable build_id;
    size_t build_id_length;
    /// The image is the main program, whose file is reached without its path.
    int is_main;
};

/// Finds the loaded image whose segments contain `address`.
///
/// - Parameter path: Receives the path under which the image was loaded; empty for the main program.
/// - Returns: 0, or ENOENT if there is none, or ENAMETOOLONG if its path does not fit.
int ct_image_file_at(uintptr_t address, struct ct_image_file *_Nonnull file, char *_Nonnull path, size_t capacity);

/// Whether `address` and the `length` bytes from it on lie in a readable segment of the image that is loaded at `bias`.
int ct_image_contains(uintptr_t bias, uintptr_t address, size_t length);

/// The device and inode of the file that is mapped at `address`, as /proc/self/maps tells them.
///
/// - Returns: 0, or the errno of the failure; ENOENT if no file is mapped there.
int ct_mapped_file(uintptr_t address, uint64_t *_Nonnull device, uint64_t *_Nonnull inode);

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

#endif
