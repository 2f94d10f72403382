#define _GNU_SOURCE
// Adds code to the process, and changes existing code.

#include "protection_internal.h"

#include "../Descriptors/owned_descriptor_internal.h"
#include "../TrackerCopies/copies_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int ct_map_code(uint8_t *address, const uint8_t *code, size_t bytes) {
    const int flags = MAP_PRIVATE | MAP_FIXED_NOREPLACE;
    int saved = errno, result = 0;
    uint8_t *pages = mmap(address, bytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
    if (pages == address) {
        memcpy(pages, code, bytes);
        __builtin___clear_cache((char *)pages, (char *)pages + bytes);
        if (mprotect(pages, bytes, PROT_READ | PROT_EXEC) == 0) {
            errno = saved;
            return 0;
        }
        result = errno;
        (void)munmap(pages, bytes);
    } else {
        // An old kernel treats the address as a hint.
        result = pages == MAP_FAILED ? errno : EEXIST;
        if (pages != MAP_FAILED) {
            (void)munmap(pages, bytes);
        }
        errno = saved;
        return result;
    }
    // If written memory must not become executable (MemoryDenyWriteExecute=), a file may still be mapped as executable.
    ct_descriptor file;
    if (ct_descriptor_memory("class-tracker", &file) == 0) {
        if (ct_descriptor_write(file, code, bytes) == (ssize_t)bytes) {
            pages = ct_descriptor_map(file, address, bytes, PROT_READ | PROT_EXEC, flags);
            if (pages == address) {
                result = 0;
            } else if (pages != MAP_FAILED) {
                (void)munmap(pages, bytes);
            }
        }
        ct_descriptor_close(file);
    }
    errno = saved;
    return result;
}

/// Returns the protection of the page at `address` as PROT_ bits, or -1 if it is not known.
static int protection_of(uintptr_t address) {
    ct_descriptor file;
    if (ct_descriptor_open_proc("maps", O_RDONLY, CT_BRIEF, &file) != 0) {
        return -1;
    }
    // begin-end rwxp ...: all needed fields precede the path, and lines may have any length.
    enum { BEGIN, END, FLAGS, REST } part = BEGIN;
    uintptr_t numbers[2] = {0, 0};
    int protection = 0, is_done = 0;
    char buffer[4096];
    int64_t count;
    while (!is_done && ((count = ct_descriptor_read(file, buffer, sizeof buffer)) > 0 || (count < 0 && errno == EINTR))) {
        for (int64_t index = 0; index < count && !is_done; index++) {
            char letter = buffer[index];
            if (letter == '\n') {
                part = BEGIN;
                numbers[BEGIN] = numbers[END] = 0;
                protection = 0;
            } else if (part == BEGIN || part == END) {
                if (letter == '-' || letter == ' ') {
                    part = part == BEGIN ? END : FLAGS;
                } else {
                    numbers[part] = numbers[part] << 4 | (uintptr_t)(letter <= '9' ? letter - '0' : letter - 'a' + 10);
                }
            } else if (part == FLAGS) {
                protection |= letter == 'r' ? PROT_READ : letter == 'w' ? PROT_WRITE : letter == 'x' ? PROT_EXEC : 0;
                if (letter == ' ') {
                    part = REST;
                    is_done = numbers[BEGIN] <= address && address < numbers[END];
                }
            }
        }
    }
    ct_descriptor_close(file);
    return is_done ? protection : -1;
}

static void change_protected(uint8_t *place, const uint8_t *bytes, size_t count) {
    uintptr_t size = (uintptr_t)getpagesize(), page = (uintptr_t)place / size * size;
    ct_lock *lock = ct_protection_lock();
    if (!ct_lock_take(lock, CT_CALLER_PATIENCE)) {
        return;
    }
    int protection = protection_of(page);
    if (protection < 0) {
        protection = PROT_READ | PROT_EXEC;
    }
    if (mprotect((void *)page, size, protection | PROT_WRITE) == 0) {
        if (count == sizeof(uint32_t)) {
            uint32_t word;
            memcpy(&word, bytes, sizeof word);
            __atomic_store_n((uint32_t *)place, word, __ATOMIC_SEQ_CST);
        } else {
            __atomic_store_n(place, *bytes, __ATOMIC_SEQ_CST);
        }
        (void)mprotect((void *)page, size, protection);
    }
    ct_lock_leave(lock);
}

/// Changes code in one store, during which the page stays executable.
int ct_change_code(uint8_t *place, const uint8_t *bytes, size_t count) {
    int saved = errno;
    ct_descriptor file;
    int is_changed = 0;
    if (ct_descriptor_open_proc("mem", O_RDWR, CT_BRIEF, &file) == 0) {
        is_changed = ct_descriptor_write_at(file, bytes, count, (off_t)(uintptr_t)place) == (ssize_t)count;
        ct_descriptor_close(file);
    }
    if (!is_changed) {
        change_protected(place, bytes, count);
    }
    __builtin___clear_cache((char *)place, (char *)place + count);
    errno = saved;
    return memcmp(place, bytes, count) == 0;
}
