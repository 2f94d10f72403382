#ifndef CT_RUNTIME_HOOKS_INTERNAL_H
#define CT_RUNTIME_HOOKS_INTERNAL_H

#include "runtime_hooks.h"

#pragma GCC visibility push(hidden)

/// Returns our replacement for a function of the runtime.
void *ct_replacement(ct_runtime_function function);

/// Sets the function that our replacement calls.
void ct_set_original(ct_runtime_function function, void *original);

/// Handles a library that may have been loaded.
void ct_image_added(void);

/// Replaces swift_addNewDSOImage, which the start-up code of every Swift library calls.
void ct_add_image(void *sections);
void ct_set_add_image(void *original);

#pragma GCC visibility pop

#endif
