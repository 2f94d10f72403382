#ifndef CTRACKING_IMAGES_H
#define CTRACKING_IMAGES_H

// The program and its libraries, as the loader has mapped them.

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Segments

/// The addresses from `begin` up to, not including, `end`.
typedef struct {
    uintptr_t begin, end;
} ct_range;

/// Lists the segments of the program and its libraries in memory: all of them, or those with code.
///
/// - Returns: The number of segments; those beyond `capacity` are omitted.
size_t ct_image_ranges(ct_range *_Nullable ranges, size_t capacity, int with_code_only);

/// Returns a number that changes when a library is loaded or unloaded.
uint64_t ct_image_generation(void);

/// Returns the number of libraries that have been unloaded so far.
uint64_t ct_image_departures(void);

/// Calls `body` while no library can be loaded or unloaded.
///
/// A thread that opens or closes a library waits meanwhile, so `body` must be short, run no code of the host, and take
/// no lock under which others call this function.
void ct_with_loader(void (*_Nonnull body)(void *_Nullable), void *_Nullable context);

// MARK: One image

/// Indicates whether the object that contains an address is never unloaded: the program, the Swift runtime, or this
/// library.
int ct_image_is_permanent(uintptr_t address);

/// Keeps the object that contains an address from being unloaded.
///
/// - Parameter handle: Receives the argument of `ct_release_image`.
/// - Returns: 0 if no object contains the address.
int ct_hold_image(uintptr_t address, void *_Nullable *_Nonnull handle);

/// Releases an object, and unloads it if nothing else holds it.
void ct_release_image(void *_Nullable handle);

// MARK: Files

/// The file of a loaded image.
struct ct_image_file {
    /// The difference between an address in memory and the address in the file.
    uintptr_t bias;
    /// The image's build id, in its own memory, or null.
    const uint8_t *_Nullable build_id;
    size_t build_id_length;
    /// Indicates whether the image is the main program, whose file is opened without its path.
    int is_main;
};

/// Finds the loaded image whose segments contain `address`.
///
/// - Parameter path: Receives the path under which the image was loaded; empty for the main program.
/// - Returns: 0, or ENOENT if there is none, or ENAMETOOLONG if its path does not fit.
int ct_image_file_at(uintptr_t address, struct ct_image_file *_Nonnull file, char *_Nonnull path, size_t capacity);

/// Indicates whether `length` bytes from `address` on lie in a readable segment of the image that is loaded at `bias`.
int ct_image_contains(uintptr_t bias, uintptr_t address, size_t length);

/// Reads the device and inode of the file that is mapped at `address` from /proc/self/maps.
///
/// - Returns: 0, or the errno of the failure; ENOENT if no file is mapped there.
int ct_mapped_file(uintptr_t address, uint64_t *_Nonnull device, uint64_t *_Nonnull inode);

// MARK: Functions of the runtime

/// The functions that are redirected.
typedef enum {
    CT_ALLOCATE_OBJECT,
    CT_DEALLOCATE_PARTIAL_INSTANCE,
    /// The function by which a Swift library registers when it is loaded.
    CT_ADD_IMAGE,
    CT_RUNTIME_FUNCTIONS,
} ct_runtime_function;

/// Indicates whether the Swift runtime is a shared library, so that other objects call it through their import slots.
int ct_runtime_is_shared(void);

/// Searches once for the functions that are redirected.
///
/// Call before taking any of the tracker's locks: the search waits for the loader's lock, which a thread that opens a
/// library holds while it runs the library's constructors, and these may call the tracker.
void ct_search_functions(void);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
