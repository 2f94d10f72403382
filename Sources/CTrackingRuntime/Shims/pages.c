#define _GNU_SOURCE
// Pages from the kernel, for all tables of the tracker.

#include "pages_internal.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// Not malloc: that is the heap that is measured, and the host may have replaced it by one that calls us.
void *ct_map(size_t bytes) { return ct_reserve(bytes, 0); }

void *ct_reserve(size_t bytes, int is_shared) {
    // Smaller mappings are mostly written anyway, and are frequent.
    enum { LEAST = 64 << 10 };
    int is_large = bytes >= LEAST, error = errno;
    int flags = (is_shared ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS | MAP_NORESERVE;
    void *memory = mmap(NULL, bytes, is_large ? PROT_NONE : PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED) {
        return NULL;
    }
    if (is_large) {
        // After mlockall(MCL_FUTURE) the kernel populates every writable mapping immediately, so this one is unlocked
        // before it becomes writable. Locked memory cannot be discarded, which is how it is detected. Where munlock is
        // forbidden, so was mlockall.
        if (madvise(memory, bytes, MADV_DONTNEED) != 0 && errno == EINVAL) {
            (void)munlock(memory, bytes);
        }
        if (mprotect(memory, bytes, PROT_READ | PROT_WRITE) != 0) {
            (void)munmap(memory, bytes);
            memory = NULL;
        }
        errno = error;
    }
    return memory;
}

int ct_can_map(size_t bytes) {
    void *memory = ct_reserve(bytes, 0);
    ct_unmap(memory, bytes);
    return memory != NULL;
}

void ct_unmap(void *memory, size_t bytes) {
    if (memory != NULL) {
        (void)munmap(memory, bytes);
    }
}

void ct_populate(void *memory, size_t bytes) {
    enum {
        POPULATE_WRITE = 23, // since Linux 5.14, and not in every header
        PIECE = 512 << 10, // for longer, other threads would be kept from mapping memory
    };
    uintptr_t page = (uintptr_t)getpagesize(), end = ((uintptr_t)memory + bytes) & -page;
    int error = errno;
    for (uintptr_t place = ((uintptr_t)memory + page - 1) & -page; place < end; place += PIECE) {
        (void)madvise((void *)place, end - place < PIECE ? end - place : PIECE, POPULATE_WRITE);
    }
    errno = error;
}

int ct_locks_mappings(void) {
    size_t page = (size_t)getpagesize();
    // Not by the function mmap, which the host may have replaced.
    long mapped = syscall(SYS_mmap, NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, (off_t)0);
    if (mapped == -1) {
        return 1;
    }
    // Locked memory cannot be discarded.
    int is_locked = madvise((void *)mapped, page, MADV_DONTNEED) != 0 && errno == EINVAL;
    (void)munmap((void *)mapped, page);
    return is_locked;
}
