#define _GNU_SOURCE
#include "classes_internal.h"

#include "../Protection/protection_internal.h"
#include "forks.h"

#include <errno.h>
#include <stdint.h>

/// Returns the destroy function of the class from which a class's metadata was copied, including our word.
static destroy_function *inherited_destroy(uintptr_t metadata) {
    for (int depth = 0; metadata != 0 && ct_is_class(metadata) && depth < DEPTH_LIMIT; depth++) {
        ct_class *class = ct_class_find(metadata);
        destroy_function *destroy = class == NULL ? NULL : atomic_load(&class->destroy);
        if (destroy != NULL) {
            return destroy;
        }
        metadata = ct_metadata_word(metadata, SUPERCLASS);
    }
    return NULL;
}

int ct_record_death(const ct_class *class, void *object, int is_unfinished) {
    int retains = 0, may_be_kept = is_unfinished && atomic_load(&class->is_kept);
    unsigned registries = atomic_load_explicit(&class->deaths, memory_order_acquire);
    for (; registries != 0; registries &= registries - 1) {
        ct_registry *registry = ct_registry_at((size_t)__builtin_ctz(registries));
        retains += registry != NULL && ct_registry_remove(registry, object, may_be_kept);
    }
    return retains;
}

/// Replaces a class's deallocating deinitializer. Records the death before the deallocation, because another thread may
/// receive the memory immediately after it.
static __attribute__((swiftcall)) void destroy_object(__attribute__((swift_context)) void *object) {
    uintptr_t metadata = *(const uintptr_t *)object;
    ct_class *class = ct_class_find(metadata);
    destroy_function *destroy = class == NULL ? NULL : atomic_load_explicit(&class->destroy, memory_order_relaxed);
    if (destroy == NULL) {
        destroy = inherited_destroy(metadata);
    } else if (!ct_tracking_is_forked()) {
        (void)ct_record_death(class, object, 0);
    }
    destroy(object);
}

int ct_class_is_there(const ct_class *class) {
    return ct_lost_metadata_word(class->key, SUPERCLASS) == class->superclass
        && ct_lost_metadata_word(class->key, DESCRIPTOR) == class->descriptor;
}

int ct_class_is_new(const ct_class *class) {
    uintptr_t word = ct_metadata_word(class->key, DESTROY);
    return word != (uintptr_t)destroy_object
        && (word == (uintptr_t)atomic_load_explicit(&class->destroy, memory_order_relaxed) || !ct_class_is_there(class));
}

static _Atomic uintptr_t *place_of_destroy(const ct_class *class) {
    return (_Atomic uintptr_t *)((uintptr_t *)class->key + DESTROY);
}

ct_tracking_result ct_class_patch(ct_class *class) {
    _Atomic uintptr_t *place = place_of_destroy(class);
    uintptr_t found = atomic_load(place);
    destroy_function *before = (destroy_function *)found;
    // A library that was unloaded and opened again may be at its old address with its original word; it is patched
    // again, and so is another class at that address. Any other word belongs to software that came later and calls
    // ours.
    if (class->is_patched && ct_class_is_there(class) && before != atomic_load(&class->destroy)) {
        return CT_OK;
    }
    if (before == destroy_object) {
        before = inherited_destroy(ct_metadata_word(class->key, SUPERCLASS));
    }
    if (before == NULL) {
        return CT_READ_ONLY;
    }
    atomic_store(&class->destroy, before);
    class->superclass = ct_metadata_word(class->key, SUPERCLASS);
    class->descriptor = ct_metadata_word(class->key, DESCRIPTOR);
    int error;
    // Another copy of the tracker may patch the class at the same time: the second one calls the word of the first.
    while ((error = ct_exchange_word(place, &found, (uintptr_t)destroy_object)) == EAGAIN) {
        atomic_store(&class->destroy, (destroy_function *)found);
    }
    class->is_patched = error == 0;
    return error == 0 ? CT_OK : CT_READ_ONLY;
}

void ct_class_restore(ct_class *class) {
    _Atomic uintptr_t *place = place_of_destroy(class);
    uintptr_t expected = (uintptr_t)destroy_object;
    if (!class->is_patched) {
        return;
    }
    // The library may have been unloaded. If software that came later calls our word, the word stays.
    if (!ct_can_exchange((void *)place)
        || ct_exchange_word(place, &expected, (uintptr_t)atomic_load(&class->destroy)) == 0) {
        class->is_patched = 0;
    }
}
