#ifndef CT_RUNTIME_HOOKS_INTERNAL_H
#define CT_RUNTIME_HOOKS_INTERNAL_H

#include "runtime_hooks.h"

#include <link.h>
#include <stdatomic.h>

/// One of the runtime's functions and what takes its place.
typedef struct {
    const char *name;
    void *replacement;
} ct_hooked_function;

extern const ct_hooked_function ct_hooked_functions[CT_RUNTIME_FUNCTIONS];

/// The runtime's function itself.
void *ct_find_function(ct_runtime_function function);

/// Has our functions call the runtime's and the loader's.
void ct_find_originals(void);

/// Sets what our function calls in its turn.
void ct_set_original(ct_runtime_function function, void *original);

/// What dlopen's slots are given, and what it calls.
void *ct_open_library(const char *name, int flags);
void *ct_open_library_in(Lmid_t space, const char *name, int flags);
void ct_set_open_library(void *open, void *open_in);

/// Tells that a library may have been loaded.
void ct_image_added(void);

/// The protection of the page at `address` as PROT_ bits, or -1 where it is not known.
int ct_protection_of(uintptr_t address);

/// Calls `body` for each import slot of an object, with the symbol's name. That the slot lies in the object is left to
/// `body`, because it wants few of thousands.
void ct_for_each_slot(
    const struct dl_phdr_info *image, void (*body)(uintptr_t slot, const char *name, void *context), void *context);

/// Whether `bytes` from `address` lie in a part of the object that has these PF_ flags.
int ct_image_has(const struct dl_phdr_info *image, uintptr_t address, size_t bytes, unsigned flags);

#endif
