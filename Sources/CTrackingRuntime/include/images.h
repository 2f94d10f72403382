#ifndef CTRACKING_IMAGES_H
#define CTRACKING_IMAGES_H

// The program and its libraries, as the loader has them in memory.

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Segments

/// Addresses from `begin` up to, not including, `end`.
typedef struct {
    uintptr_t begin, end;
} ct_range;

/// Where the segments of the program and its libraries lie in memory, all of them or those with code.
///
/// - Returns: How many there are; where that is more than `capacity`, the rest was left out.
size_t ct_image_ranges(ct_range *_Nullable ranges, size_t capacity, int with_code_only);

/// A number that is another one after a library has been loaded or unloaded.
uint64_t ct_image_generation(void);

/// How many libraries have been unloaded so far.
uint64_t ct_image_departures(void);

/// Calls `body` while no library can be loaded or unloaded.
///
/// Whoever opens or closes one waits meanwhile: `body` is short, runs no code of the host's, and takes no lock under which
/// others call this.
void ct_with_loader(void (*_Nonnull body)(void *_Nullable), void *_Nullable context);

// MARK: One image

/// Whether the object that an address lies in is never unloaded: the program itself, the Swift runtime, and this library.
int ct_image_is_permanent(uintptr_t address);

/// Keeps the object that an address lies in from being unloaded.
///
/// - Parameter handle: Receives what `ct_release_image` takes.
/// - Returns: 0 where there is none.
int ct_hold_image(uintptr_t address, void *_Nullable *_Nonnull handle);

/// Lets go of an object; whoever is the last to do so unloads it.
void ct_release_image(void *_Nullable handle);

// MARK: Files

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

// MARK: Functions of the runtime

/// The functions that are redirected.
typedef enum {
    CT_ALLOCATE_OBJECT,
    CT_DEALLOCATE_PARTIAL_INSTANCE,
    /// A Swift library says that it was loaded.
    CT_ADD_IMAGE,
    CT_RUNTIME_FUNCTIONS,
} ct_runtime_function;

/// Whether the Swift runtime is a library of its own, so that others call it through their import slots.
int ct_runtime_is_shared(void);

/// Searches, once, for the functions that are redirected.
///
/// Before any lock of the tracker's is taken: a search waits for the loader, and a thread that opens a library has that while
/// it runs the library's constructors, which may call the tracker.
void ct_search_functions(void);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
