// SPDX-License-Identifier: Apache-2.0
//
// An allocator for LD_PRELOAD whose blocks stand behind a word that looks like glibc's size of a block, and leads to where no
// memory is. A sizer must neither follow that word nor take this allocator for glibc's.

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

// In front of each block: where it was allocated, its size, and the misleading word.
typedef struct {
    void *start;
    void *unused;
    size_t size;
    uint64_t misleading;
} prefix;

static prefix *prefix_of(void *block) { return (prefix *)block - 1; }

static void *allocate(size_t alignment, size_t size) {
    if (alignment < sizeof(prefix)) {
        alignment = sizeof(prefix);
    }
    char *start = size > PTRDIFF_MAX - alignment ? NULL : __libc_memalign(alignment, size + alignment);
    if (start == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    void *block = start + alignment;
    *prefix_of(block) = (prefix){start, NULL, size, UINT64_C(0x2AAAAAAAAA41)};
    return block;
}

void *malloc(size_t size) { return allocate(16, size); }

void free(void *block) {
    if (block != NULL) {
        __libc_free(prefix_of(block)->start);
    }
}

void *calloc(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    void *block = allocate(16, bytes);
    return block == NULL ? NULL : memset(block, 0, bytes);
}

void *realloc(void *block, size_t size) {
    void *moved = allocate(16, size);
    if (moved != NULL && block != NULL) {
        size_t before = prefix_of(block)->size;
        memcpy(moved, block, before < size ? before : size);
        free(block);
    }
    return moved;
}

void *memalign(size_t alignment, size_t size) { return allocate(alignment, size); }

void *aligned_alloc(size_t alignment, size_t size) { return allocate(alignment, size); }

int posix_memalign(void **block, size_t alignment, size_t size) {
    *block = allocate(alignment, size);
    return *block == NULL ? ENOMEM : 0;
}

size_t malloc_usable_size(void *block) { return block == NULL ? 0 : prefix_of(block)->size; }
