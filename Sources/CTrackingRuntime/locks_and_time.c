#define _GNU_SOURCE
#include "architecture_internal.h"
#include "tracked_objects_internal.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// MARK: Memory and locks

// Not malloc: it belongs to the heap that is measured, and the host may have replaced it by one that calls us.
void *ct_map(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
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

static int try_lock(ct_lock *lock) {
    if (atomic_exchange_explicit(&lock->taken, 1, memory_order_acquire) != 0) {
        return 0;
    }
    atomic_store_explicit(&lock->is_lost, 0, memory_order_relaxed);
    return 1;
}

int ct_lock_slowly(ct_lock *lock, unsigned milliseconds) {
    int error = errno;
    struct timespec begin, now;
    for (int turn = 0; turn < 100; turn++) {
        ct_relax();
        if (atomic_load_explicit(&lock->taken, memory_order_relaxed) == 0 && try_lock(lock)) {
            return 1;
        }
    }
    // The holder has lost its processor.
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (;;) {
        // Not nanosleep, which is a cancellation point: a thread of the host would end in the middle of an allocation.
        struct timespec nap = {0, 20000};
        (void)syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &nap, NULL);
        if (try_lock(lock)) {
            errno = error;
            return 1;
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
        long waited = (now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000;
        if (waited > (long)milliseconds || atomic_load_explicit(&lock->is_lost, memory_order_relaxed)) {
            if (waited >= CT_HOST_PATIENCE) {
                atomic_store_explicit(&lock->is_lost, 1, memory_order_relaxed);
            }
            errno = error;
            return 0;
        }
    }
}

// MARK: Time

static int steady = -1;

static uint64_t monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int ct_ticks_are_steady(void) {
    if (steady < 0) {
        steady = ct_has_steady_counter();
    }
    return steady;
}

uint64_t ct_ticks(void) { return steady > 0 ? ct_counter() : monotonic(); }
