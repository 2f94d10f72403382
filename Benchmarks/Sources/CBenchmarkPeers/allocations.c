#define _GNU_SOURCE
#include "CBenchmarkPeers.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

// glibc exports its allocator under these names too, so that an interposed one can call it without dlsym.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

// A count a thread, each written by its thread only: a shared one would slow down what is measured.
struct count {
    _Atomic int thread;
    _Atomic uint64_t allocations;
};

enum { capacity = 256 };
static struct count counts[capacity];
static atomic_int used;
static __thread struct count *own;

static void note(void) {
    if (own == NULL) {
        int index = atomic_fetch_add(&used, 1);
        own = &counts[index < capacity ? index : capacity - 1];
        atomic_store(&own->thread, bp_current_thread());
    }
    uint64_t before = atomic_load_explicit(&own->allocations, memory_order_relaxed);
    atomic_store_explicit(&own->allocations, before + 1, memory_order_relaxed);
}

int bp_allocation_threads(void) {
    int count = atomic_load(&used);
    return count < capacity ? count : capacity;
}

int bp_allocation_thread(int index) { return atomic_load(&counts[index].thread); }

uint64_t bp_allocations(int index) { return atomic_load(&counts[index].allocations); }

int bp_current_thread(void) { return (int)syscall(SYS_gettid); }

void *malloc(size_t size) {
    note();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    note();
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
    note();
    return __libc_realloc(block, size);
}

void *memalign(size_t alignment, size_t size) {
    note();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    note();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    note();
    void *made = __libc_memalign(alignment, size);
    if (made == NULL) {
        return ENOMEM;
    }
    *block = made;
    return 0;
}
