#define _GNU_SOURCE
#include "protection_internal.h"

#include "../Images/images_internal.h"
#include "../TrackerCopies/copies_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static uintptr_t page_of(const void *place) { return (uintptr_t)place / (uintptr_t)getpagesize() * (uintptr_t)getpagesize(); }

// MARK: Read-only pages

enum { MAXIMUM_RANGES = 2048 };

typedef struct {
    size_t count;
    ct_range ranges[MAXIMUM_RANGES];
} range_list;

/// The known pages, and the pages being gathered. No other lock is taken while the lock of `known` is held; the lock of
/// `gathered` is held while waiting for the loader's.
static range_list known, gathered;
static ct_lock known_lock, gathering_lock;
static _Atomic uint64_t known_generation = UINT64_MAX;

/// Returns the pages of an object that the loader has made read-only after relocation; empty if there are none.
static ct_range read_only_pages(const struct dl_phdr_info *image) {
    uintptr_t size = (uintptr_t)getpagesize();
    for (int index = 0; index < image->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &image->dlpi_phdr[index];
        uintptr_t begin = image->dlpi_addr + header->p_vaddr;
        // A writable part of the object is a private mapping. The page that contains the end of the range stays
        // writable, unless both end together.
        if (header->p_type == PT_GNU_RELRO && ct_image_has(image, begin, 1, PF_R | PF_W)) {
            return (ct_range){begin / size * size, (begin + header->p_memsz) / size * size};
        }
    }
    return (ct_range){0, 0};
}

static int gather(struct dl_phdr_info *image, size_t size, void *context) {
    (void)size, (void)context;
    ct_range pages = read_only_pages(image);
    if (pages.begin < pages.end) {
        gathered.ranges[gathered.count++] = pages;
    }
    return gathered.count == MAXIMUM_RANGES;
}

void ct_note_protection(void) {
    (void)ct_protection_lock();
    uint64_t generation = ct_image_generation();
    if (atomic_load(&known_generation) == generation || !ct_lock_take(&gathering_lock, CT_HOST_PATIENCE)) {
        return;
    }
    gathered.count = 0;
    (void)dl_iterate_phdr(gather, NULL);
    if (ct_lock_take(&known_lock, CT_HOST_PATIENCE)) {
        memcpy(known.ranges, gathered.ranges, gathered.count * sizeof *gathered.ranges);
        known.count = gathered.count;
        // A library that was loaded meanwhile may be missing: the next call then gathers again.
        atomic_store(&known_generation, generation);
        ct_lock_leave(&known_lock);
    }
    ct_lock_leave(&gathering_lock);
}

static int is_known(uintptr_t page) {
    int is_among = 0;
    if (ct_lock_take(&known_lock, CT_HOST_PATIENCE)) {
        for (size_t index = 0; index < known.count && !is_among; index++) {
            is_among = known.ranges[index].begin <= page && page < known.ranges[index].end;
        }
        ct_lock_leave(&known_lock);
    }
    return is_among;
}

static int has_page(struct dl_phdr_info *image, size_t size, void *context) {
    (void)size;
    ct_range pages = read_only_pages(image);
    return pages.begin <= *(const uintptr_t *)context && *(const uintptr_t *)context < pages.end;
}

// MARK: Words

// Uses the futex operation "or 0", which the kernel performs atomically: it needs no descriptor, is no cancellation
// point, and no sandbox forbids it. (process_vm_writev is an offence where a unit filters its system calls.)
static int is_writable(void *address) {
    static uint32_t nobody_waits;
    // No thread waits for the word either: none is woken, whatever the comparison gives.
    enum { OR_NOTHING = FUTEX_OP(FUTEX_OP_OR, 0, FUTEX_OP_CMP_EQ, 0) };
    int error = errno;
    long woken = syscall(SYS_futex, &nobody_waits, FUTEX_WAKE_OP_PRIVATE, 1, (void *)0, address, OR_NOTHING);
    errno = error;
    return woken >= 0;
}

static int exchange(_Atomic uintptr_t *place, uintptr_t *expected, uintptr_t value) {
    return atomic_compare_exchange_strong(place, expected, value) ? 0 : EAGAIN;
}

static int exchange_read_only(_Atomic uintptr_t *place, uintptr_t *expected, uintptr_t value) {
    uintptr_t page = page_of((const void *)place), size = (uintptr_t)getpagesize();
    ct_lock *lock = ct_protection_lock();
    if (!ct_lock_take(lock, CT_HOST_PATIENCE)) {
        return EBUSY;
    }
    int error = errno, result;
    // Other software may have left the page writable, and still write to it.
    if (is_writable((void *)place)) {
        result = exchange(place, expected, value);
    } else if (mprotect((void *)page, size, PROT_READ | PROT_WRITE) != 0) {
        result = errno;
    } else {
        result = exchange(place, expected, value);
        (void)mprotect((void *)page, size, PROT_READ);
    }
    errno = error;
    ct_lock_leave(lock);
    return result;
}

static int exchange_wherever(int is_read_only, _Atomic uintptr_t *place, uintptr_t *expected, uintptr_t value) {
    if (is_read_only) {
        return exchange_read_only(place, expected, value);
    }
    return is_writable((void *)place) ? exchange(place, expected, value) : EACCES;
}

int ct_exchange_word(_Atomic uintptr_t *place, uintptr_t *expected, uintptr_t value) {
    return exchange_wherever(is_known(page_of((const void *)place)), place, expected, value);
}

int ct_exchange_word_within(
    const struct dl_phdr_info *image, _Atomic uintptr_t *place, uintptr_t *expected, uintptr_t value) {
    uintptr_t page = page_of((const void *)place);
    ct_range pages = read_only_pages(image);
    return exchange_wherever(pages.begin <= page && page < pages.end, place, expected, value);
}

int ct_can_exchange(void *place) {
    uintptr_t page = page_of(place);
    // Checked first, because most pages are writable; and the recorded pages may be of an unloaded object.
    return is_writable(place) || (is_known(page) && dl_iterate_phdr(has_page, &page));
}
