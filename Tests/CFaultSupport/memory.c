#define _GNU_SOURCE
#include "CFaultSupport.h"

#include <errno.h>
#include <linux/magic.h>
#include <malloc.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

static atomic_uint malloc_every, mmap_every;
static atomic_size_t malloc_bytes;
static atomic_uint malloc_calls, mmap_calls;
static atomic_ullong failures;

void cf_fail_malloc(size_t bytes, unsigned every) {
    atomic_store(&malloc_bytes, bytes);
    atomic_store(&malloc_every, every);
}

void cf_fail_mmap(unsigned every) { atomic_store(&mmap_every, every); }

uint64_t cf_failures(void) { return atomic_load(&failures); }

void cf_use_one_arena(void) { (void)mallopt(M_ARENA_MAX, 1); }

void cf_trim_heap(void) { (void)malloc_trim(0); }

size_t cf_heap_used(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

int cf_is_proc_file(int descriptor) {
    struct statfs status;
    return fstatfs(descriptor, &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

int cf_open_epoll(void) {
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data = {.u32 = 1}};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, eventfd(0, EFD_CLOEXEC), &event) == 0 ? epoll : -1;
}

int cf_signal_of(int descriptor) { return fcntl(descriptor, F_GETSIG); }

static int is_agent(void) {
    char name[16] = "";
    (void)prctl(PR_GET_NAME, name);
    return memcmp(name, "tracker-", 8) == 0;
}

static int fails(atomic_uint *every, atomic_uint *calls) {
    unsigned each = atomic_load_explicit(every, memory_order_relaxed);
    if (each == 0 || !is_agent() || atomic_fetch_add(calls, 1) % each != 0) {
        return 0;
    }
    atomic_fetch_add(&failures, 1);
    errno = ENOMEM;
    return 1;
}

// A sanitizer is the allocator itself, and must see each block.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static int malloc_fails(size_t size) {
    return size >= atomic_load_explicit(&malloc_bytes, memory_order_relaxed) && fails(&malloc_every, &malloc_calls);
}

void *malloc(size_t size) { return malloc_fails(size) ? NULL : __libc_malloc(size); }

void *calloc(size_t count, size_t size) { return malloc_fails(count * size) ? NULL : __libc_calloc(count, size); }

void *realloc(void *block, size_t size) { return malloc_fails(size) ? NULL : __libc_realloc(block, size); }

void *memalign(size_t alignment, size_t size) { return malloc_fails(size) ? NULL : __libc_memalign(alignment, size); }

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **block, size_t alignment, size_t size) {
    void *made = memalign(alignment, size);
    if (made == NULL) {
        return ENOMEM;
    }
    *block = made;
    return 0;
}

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
    if (fails(&mmap_every, &mmap_calls)) {
        return MAP_FAILED;
    }
    return (void *)syscall(SYS_mmap, address, length, protection, flags, descriptor, offset);
}

#endif
