#define _GNU_SOURCE
// Determines how malloc behaves in this process by allocating memory.

#include "allocator.h"

#include "../Shims/pages_internal.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void ct_map_blocks(size_t bytes) { (void)mallopt(M_MMAP_THRESHOLD, (int)bytes); }

int ct_allocates_lazily(int is_glibc) {
    int error = errno;
    const char *tunables = getenv("GLIBC_TUNABLES");
    int is_lazy = is_glibc && getenv("MALLOC_PERTURB_") == NULL &&
        (tunables == NULL || strstr(tunables, "malloc.perturb") == NULL) && !ct_locks_mappings();
    errno = error;
    return is_lazy;
}

int ct_can_allocate(size_t bytes) {
    int error = errno;
    void *block = malloc(bytes);
    // Keeps the optimizer from removing the pair of malloc and free.
    __asm__ volatile("" : "+r"(block));
    int is_there = block != NULL;
    free(block);
    errno = error;
    return is_there;
}
