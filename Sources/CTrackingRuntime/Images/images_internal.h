#ifndef CT_IMAGES_INTERNAL_H
#define CT_IMAGES_INTERNAL_H

#include "images.h"

#include <link.h>

#pragma GCC visibility push(hidden)

/// Calls `body` for each import slot of an object, with the symbol's name. That the slot lies in the object is left to
/// `body`, because it wants few of thousands.
void ct_for_each_slot(
    const struct dl_phdr_info *image, void (*body)(uintptr_t slot, const char *name, void *context), void *context);

/// How many bytes there are from an address to the end of the segment that it lies in, if that has these PF_ flags; else 0.
size_t ct_bytes_to_segment_end(const struct dl_phdr_info *image, uintptr_t address, unsigned flags);

/// Whether `bytes` from `address` lie in a part of the object that has these PF_ flags.
int ct_image_has(const struct dl_phdr_info *image, uintptr_t address, size_t bytes, unsigned flags);

/// Where the object is loaded that an address lies in; 0 for memory that belongs to none.
uintptr_t ct_image_base(uintptr_t address);

/// The names of the runtime's functions.
extern const char *const ct_runtime_function_names[CT_RUNTIME_FUNCTIONS];

/// A function of the runtime, without what redirects it.
void *ct_find_function(ct_runtime_function function);

/// dlopen and dlmopen, as they are called by their names.
void *ct_find_dlopen(void);
void *ct_find_dlmopen(void);

#pragma GCC visibility pop

#endif
