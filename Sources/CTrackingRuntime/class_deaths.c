#define _GNU_SOURCE
#include "classes_internal.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Where a class's metadata was copied with our word in it, the function of the class it was copied from.
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

/// What takes the place of a class's deallocating deinitialiser: before it, because another thread may be given the
/// memory right after it.
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

// By a futex operation, "or 0", which the kernel carries out in one step: it needs no descriptor, of which there may be none,
// is no cancellation point, and no sandbox forbids it. (process_vm_writev is an offence where a unit filters its system calls.)
int ct_is_writable(void *address) {
    static uint32_t nobody_waits;
    // Nobody waits for the word either: whatever it is compared with, nobody is woken.
    enum { OR_NOTHING = FUTEX_OP(FUTEX_OP_OR, 0, FUTEX_OP_CMP_EQ, 0) };
    int error = errno;
    long woken = syscall(SYS_futex, &nobody_waits, FUTEX_WAKE_OP_PRIVATE, 1, (void *)0, address, OR_NOTHING);
    errno = error;
    return woken >= 0;
}

int ct_class_is_there(const ct_class *class) {
    return ct_lost_metadata_word(class->key, SUPERCLASS) == class->superclass
        && ct_lost_metadata_word(class->key, DESCRIPTOR) == class->descriptor;
}

ct_tracking_result ct_class_patch(ct_class *class) {
    _Atomic(destroy_function *) *place = (_Atomic(destroy_function *) *)((uintptr_t *)class->key + DESTROY);
    destroy_function *before = atomic_load(place);
    // A library that was unloaded and opened again may lie where it lay, with its own word: that is patched anew, and so is
    // another class in its place. Any other word is of somebody who came after us, and will call ours.
    if (class->is_patched && ct_class_is_there(class) && before != atomic_load(&class->destroy)) {
        return CT_OK;
    }
    if (before == destroy_object) {
        before = inherited_destroy(ct_metadata_word(class->key, SUPERCLASS));
    }
    if (before == NULL || !ct_is_writable(place)) {
        return CT_READ_ONLY;
    }
    atomic_store(&class->destroy, before);
    class->superclass = ct_metadata_word(class->key, SUPERCLASS);
    class->descriptor = ct_metadata_word(class->key, DESCRIPTOR);
    class->is_patched = 1;
    atomic_store_explicit(place, destroy_object, memory_order_release);
    return CT_OK;
}

void ct_class_restore(ct_class *class) {
    if (!class->is_patched) {
        return;
    }
    _Atomic(destroy_function *) *place = (_Atomic(destroy_function *) *)((uintptr_t *)class->key + DESTROY);
    destroy_function *expected = destroy_object;
    // The library may have been unloaded. Somebody who came after us has our word and will call it: then it stays for
    // good.
    if (!ct_is_writable(place) || atomic_compare_exchange_strong(place, &expected, atomic_load(&class->destroy))) {
        class->is_patched = 0;
    }
}
