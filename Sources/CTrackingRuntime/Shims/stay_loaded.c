#define _GNU_SOURCE
// Keeps the object loaded that contains this code.

#include "shims_internal.h"

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>

// Weak: a program that is linked statically has no loader, and nothing in it can be unloaded.
extern void *dlopen(const char *name, int flags) __attribute__((weak));

void ct_stay_loaded(void) {
    static atomic_int is_settled;
    // Several threads may do this at the same time, each once: a thread that waited here could hold the loader's lock,
    // which the other one needs.
    if (atomic_load_explicit(&is_settled, memory_order_acquire)) {
        return;
    }
    Dl_info own;
    struct link_map *map = NULL;
    if (dlopen != NULL && dladdr1(&is_settled, &own, (void **)&map, RTLD_DL_LINKMAP) != 0 && map != NULL
        && map->l_name != NULL && *map->l_name != 0) {
        // The handle is never closed.
        (void)dlopen(map->l_name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
    }
    atomic_store_explicit(&is_settled, 1, memory_order_release);
}
