#define _GNU_SOURCE
#include "allocator_internal.h"

#include "../Images/images_internal.h"
#include "allocator.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

// Each allocator has its own way to report sizes, and its own behavior for a block that was freed meanwhile: some end
// the process. Only allocators that are known not to do so are asked.

// Weak: a statically linked allocator defines these names; functions of a library are found through the loader.
extern int mallctl(const char *name, void *old, size_t *old_size, void *new, size_t new_size) __attribute__((weak));
extern int MallocExtension_GetNumericProperty(const char *name, size_t *value) __attribute__((weak));
extern int MallocExtension_GetOwnership(const void *block) __attribute__((weak));
extern int mi_version(void) __attribute__((weak));
extern _Bool mi_is_in_heap_region(const void *block) __attribute__((weak));
extern void __scudo_print_stats(void) __attribute__((weak));
// AddressSanitizer's allocator ends the process when it is asked for a block that it does not own.
extern int __sanitizer_get_ownership(const volatile void *block) __attribute__((weak));
extern size_t __sanitizer_get_allocated_size_fast(const volatile void *block) __attribute__((weak));
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

typedef int mallctl_function(const char *, void *, size_t *, void *, size_t);
typedef int property_function(const char *, size_t *);
typedef int ownership_function(const void *);
typedef _Bool membership_function(const void *);

static struct {
    ct_allocator allocator;
    /// The base of the object that defines malloc.
    uintptr_t base;
    mallctl_function *control;
    property_function *property;
    ownership_function *ownership;
    membership_function *is_member;
} found;
static atomic_int is_known;

/// Returns a function of the allocator's own object.
static void *function(const char *name, const void *linked) {
    void *searched = dlsym(RTLD_DEFAULT, name);
    if (searched != NULL && ct_image_base((uintptr_t)searched) == found.base) {
        return searched;
    }
    return linked != NULL && ct_image_base((uintptr_t)linked) == found.base ? (void *)linked : NULL;
}

static void *linked_or_searched(const char *name, void *linked) {
    void *searched = dlsym(RTLD_DEFAULT, name);
    return searched != NULL ? searched : linked;
}

/// Indicates whether an option that jemalloc was built with is on.
static int jemalloc_has(const char *name) {
    _Bool is_on = 0;
    size_t size = sizeof is_on;
    return found.control(name, &is_on, &size, NULL, 0) == 0 && is_on;
}

static ct_allocator identify(void) {
    void *allocate = linked_or_searched("malloc", (void *)malloc);
    void *usable = linked_or_searched("malloc_usable_size", (void *)malloc_usable_size);
    found.base = ct_image_base((uintptr_t)allocate);
    if (__sanitizer_get_ownership != NULL) {
        return CT_SANITIZER;
    }
    if (found.base == ct_image_base((uintptr_t)gnu_get_libc_version)) {
        return CT_GLIBC;
    }
    if (ct_image_base((uintptr_t)usable) != found.base) {
        // The other library would take the blocks for its own.
        return CT_WITHOUT_SIZES;
    }
    if (function("__scudo_print_stats", (void *)__scudo_print_stats) != NULL) {
        return CT_SCUDO;
    }
    if (function("malloc_object_size_fast", NULL) != NULL) {
        return CT_HARDENED_MALLOC;
    }
    static const char *const controls[] = {"mallctl", "je_mallctl", "_rjem_mallctl"};
    for (size_t index = 0; index < sizeof controls / sizeof *controls && found.control == NULL; index++) {
        found.control = (mallctl_function *)function(controls[index], index == 0 ? (void *)mallctl : NULL);
    }
    if (found.control != NULL) {
        return jemalloc_has("config.debug") || jemalloc_has("config.opt_safety_checks") ? CT_CHECKED_JEMALLOC : CT_JEMALLOC;
    }
    if (function("mi_version", (void *)mi_version) != NULL) {
        found.is_member = (membership_function *)function("mi_is_in_heap_region", (void *)mi_is_in_heap_region);
        return CT_MIMALLOC;
    }
    found.ownership =
        (ownership_function *)function("MallocExtension_GetOwnership", (void *)MallocExtension_GetOwnership);
    if (found.ownership != NULL) {
        found.property = (property_function *)function(
            "MallocExtension_GetNumericProperty", (void *)MallocExtension_GetNumericProperty);
        return function("_ZN25DebugMallocImplementation12GetOwnershipEPKv", NULL) != NULL ? CT_CHECKED_TCMALLOC : CT_TCMALLOC;
    }
    return CT_UNKNOWN_ALLOCATOR;
}

ct_allocator ct_allocator_in_charge(void) {
    // Two threads may determine it at the same time; both get the same result.
    if (!atomic_load_explicit(&is_known, memory_order_acquire)) {
        found.allocator = identify();
        atomic_store_explicit(&is_known, 1, memory_order_release);
    }
    return found.allocator;
}

int ct_allocator_path(char *path, size_t capacity) {
    Dl_info info;
    void *allocate = linked_or_searched("malloc", (void *)malloc);
    if (dladdr(allocate, &info) == 0 || info.dli_fname == NULL || strlen(info.dli_fname) >= capacity) {
        return 0;
    }
    strcpy(path, info.dli_fname);
    return 1;
}

size_t ct_ask_allocator(uintptr_t block) {
    switch (ct_allocator_in_charge()) {
    case CT_SANITIZER:
        // The other function ends the process too, and the block may be freed between the two calls.
        return __sanitizer_get_ownership((void *)block) && __sanitizer_get_allocated_size_fast != NULL
            ? __sanitizer_get_allocated_size_fast((void *)block)
            : 0;
    case CT_TCMALLOC: {
        // It ends the process if its page map does not contain the block.
        enum { OWNED = 1 };
        return found.ownership((void *)block) == OWNED ? malloc_usable_size((void *)block) : 0;
    }
    case CT_MIMALLOC:
        return found.is_member == NULL || found.is_member((void *)block) ? malloc_usable_size((void *)block) : 0;
    default: return malloc_usable_size((void *)block);
    }
}

int ct_heap_in_use(int is_glibc, size_t *bytes) {
    size_t size = sizeof *bytes;
    switch (is_glibc ? CT_GLIBC : ct_allocator_in_charge()) {
    case CT_GLIBC: {
        struct mallinfo2 heap = mallinfo2();
        *bytes = heap.uordblks + heap.hblkhd;
        return 1;
    }
    case CT_JEMALLOC:
    case CT_CHECKED_JEMALLOC: {
        // jemalloc's statistics are those of the moment when this number is written.
        uint64_t epoch = 1;
        (void)found.control("epoch", NULL, NULL, &epoch, sizeof epoch);
        return found.control("stats.allocated", bytes, &size, NULL, 0) == 0;
    }
    case CT_TCMALLOC:
        return found.property != NULL && found.property("generic.current_allocated_bytes", bytes) != 0;
    case CT_SANITIZER:
        if (__sanitizer_get_current_allocated_bytes == NULL) {
            return 0;
        }
        *bytes = __sanitizer_get_current_allocated_bytes();
        return 1;
    default: return 0;
    }
}
