#define _GNU_SOURCE
// Keeps libraries from being unloaded while addresses in them are used.

#include "images_internal.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <sys/auxv.h>

int ct_image_is_permanent(uintptr_t address) {
    uintptr_t base = ct_image_base(address);
    return base != 0
        && (base == ct_image_base(getauxval(AT_ENTRY)) || base == ct_image_base((uintptr_t)ct_image_is_permanent)
            || base == ct_image_base((uintptr_t)ct_find_function(CT_ALLOCATE_OBJECT)));
}

typedef struct {
    uintptr_t address;
    char path[PATH_MAX];
} path_search;

static int look_for_path(struct dl_phdr_info *image, size_t size, void *context) {
    (void)size;
    path_search *search = context;
    if (!ct_image_has(image, search->address, 1, 0)) {
        return 0;
    }
    (void)snprintf(search->path, sizeof search->path, "%s", image->dlpi_name != NULL ? image->dlpi_name : "");
    return 1;
}

int ct_hold_image(uintptr_t address, void **handle) {
    *handle = NULL;
    if (ct_image_is_permanent(address)) {
        return 1;
    }
    path_search search = {.address = address};
    if (dl_iterate_phdr(look_for_path, &search) == 0 || search.path[0] == 0) {
        return 0;
    }
    *handle = dlopen(search.path, RTLD_LAZY | RTLD_NOLOAD);
    // Another library may have been loaded at its address.
    if (*handle != NULL && ct_image_base(address) == 0) {
        ct_release_image(*handle);
        *handle = NULL;
    }
    return *handle != NULL;
}

void ct_release_image(void *handle) {
    if (handle != NULL) {
        (void)dlclose(handle);
    }
}
