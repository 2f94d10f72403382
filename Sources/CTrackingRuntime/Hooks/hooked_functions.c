#define _GNU_SOURCE
// Maps each redirected function of the runtime to our replacement, and to the original that our replacement calls.

#include "runtime_hooks_internal.h"

#include "../Classes/classes_internal.h"

#include <stdatomic.h>

void *ct_replacement(ct_runtime_function function) {
    switch (function) {
    case CT_ALLOCATE_OBJECT: return (void *)ct_allocate_object;
    case CT_DEALLOCATE_PARTIAL_INSTANCE: return (void *)ct_deallocate_partial_instance;
    case CT_ADD_IMAGE: return (void *)ct_add_image;
    default: return NULL;
    }
}

void ct_set_original(ct_runtime_function function, void *original) {
    static _Atomic(void *) originals[CT_ADD_IMAGE];
    if (function == CT_ADD_IMAGE) {
        ct_set_add_image(original);
        return;
    }
    atomic_store(&originals[function], original);
    ct_set_originals(
        atomic_load(&originals[CT_ALLOCATE_OBJECT]), atomic_load(&originals[CT_DEALLOCATE_PARTIAL_INSTANCE]));
}
