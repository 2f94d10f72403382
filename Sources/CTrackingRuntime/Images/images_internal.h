#ifndef CT_IMAGES_INTERNAL_H
#define CT_IMAGES_INTERNAL_H

#include "images.h"

#include <link.h>

#pragma GCC visibility push(hidden)

/// Calls `body` for each import slot of an object, with the symbol's name. `body` must check that the slot lies in the
/// object, because it needs only a few of thousands.
void ct_for_each_slot(
    const struct dl_phdr_info *image, void (*body)(uintptr_t slot, const char *name, void *context), void *context);

/// Returns the bytes from an address to the end of its segment, if that has these PF_ flags; else 0.
size_t ct_bytes_to_segment_end(const struct dl_phdr_info *image, uintptr_t address, unsigned flags);

/// Indicates whether `bytes` from `address` on lie in a part of the object that has these PF_ flags.
int ct_image_has(const struct dl_phdr_info *image, uintptr_t address, size_t bytes, unsigned flags);

/// Returns the load address of the object that contains an address; 0 for memory that belongs to none.
uintptr_t ct_image_base(uintptr_t address);

/// The names of the runtime's functions.
extern const char *const ct_runtime_function_names[CT_RUNTIME_FUNCTIONS];

/// Returns a function of the runtime, bypassing the redirection.
void *ct_find_function(ct_runtime_function function);

/// Return dlopen and dlmopen as symbol lookup finds them.
void *ct_find_dlopen(void);
void *ct_find_dlmopen(void);

#pragma GCC visibility pop

#endif
