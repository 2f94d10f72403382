#define _GNU_SOURCE
#include "CTrackingTestSupport.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif

const char *ctt_sanitizer(void) {
#if __has_feature(address_sanitizer)
    return "AddressSanitizer";
#elif __has_feature(thread_sanitizer)
    return "ThreadSanitizer";
#else
    return NULL;
#endif
}

int ctt_counts_allocations(void) {
#ifdef HAS_SANITIZER
    return 0;
#else
    return 1;
#endif
}

// glibc exports its allocator under these names too, so that an interposed one can call it without dlsym.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

static __thread uint64_t allocations;
static __thread int64_t live_bytes;

uint64_t ctt_thread_allocations(void) { return allocations; }

int64_t ctt_thread_live_bytes(void) { return live_bytes; }

size_t ctt_usable_size(const void *block) { return malloc_usable_size((void *)block); }

int ctt_fork(void) { return fork(); }

static atomic_flag lock = ATOMIC_FLAG_INIT;

int ctt_try_lock(void) { return !atomic_flag_test_and_set(&lock); }

void ctt_unlock(void) { atomic_flag_clear(&lock); }

static atomic_int home;

void ctt_forbid_allocations_in_copies(int is_forbidden) { atomic_store(&home, is_forbidden ? getpid() : 0); }

// Not getpid(), which another library may have in its own way.
static void check_home(void) {
    int process = atomic_load_explicit(&home, memory_order_relaxed);
    if (process != 0 && syscall(SYS_getpid) != process) syscall(SYS_exit_group, CTT_ALLOCATED);
}

// A sanitizer is the allocator itself, and must see each block.
#ifndef HAS_SANITIZER

static void *allocated(void *block) {
    check_home();
    allocations++;
    live_bytes += (int64_t)malloc_usable_size(block);
    return block;
}

// The bytes that a block of glibc has for its owner: its header takes 8, and the whole is a multiple of 16, at least 32.
static size_t ordinary_size(size_t size) { return size <= 24 ? 24 : ((size + 8 + 15) & ~(size_t)15) - 8; }

// Where the rest of a free block would be too small for a block, glibc gives the whole, 16 bytes more than usual. Tests compare
// the sizes of two objects of one class, so such a block goes back and another one is taken. Large blocks are whole pages.
enum { LARGE_BLOCK = 64 * 1024, ATTEMPTS = 8 };

static void *take_ordinary(size_t count, size_t size, void *(*take)(size_t, size_t)) {
    void *block = take(count, size);
    for (int attempt = 0; attempt < ATTEMPTS && block != NULL && count * size < LARGE_BLOCK; attempt++) {
        if (malloc_usable_size(block) == ordinary_size(count * size)) break;
        void *next = take(count, size);
        __libc_free(block);
        block = next;
    }
    return block;
}

static void *take_any(size_t count, size_t size) { return __libc_malloc(count * size); }

void *malloc(size_t size) { return allocated(take_ordinary(1, size, take_any)); }

void *calloc(size_t count, size_t size) { return allocated(take_ordinary(count, size, __libc_calloc)); }

void *realloc(void *block, size_t size) {
    int64_t old = (int64_t)malloc_usable_size(block);
    void *moved = __libc_realloc(block, size);
    check_home();
    allocations++;
    if (moved != NULL) {
        live_bytes += (int64_t)malloc_usable_size(moved) - old;
    } else if (size == 0) {
        live_bytes -= old;
    }
    return moved;
}

void *memalign(size_t alignment, size_t size) { return allocated(__libc_memalign(alignment, size)); }

void *aligned_alloc(size_t alignment, size_t size) { return allocated(__libc_memalign(alignment, size)); }

int posix_memalign(void **block, size_t alignment, size_t size) {
    *block = allocated(__libc_memalign(alignment, size));
    return *block == NULL ? ENOMEM : 0;
}

void free(void *block) {
    if (block != NULL) check_home();
    live_bytes -= (int64_t)malloc_usable_size(block);
    __libc_free(block);
}

#endif
