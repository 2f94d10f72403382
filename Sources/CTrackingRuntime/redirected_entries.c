#define _GNU_SOURCE
#include "architecture_internal.h"
#include "runtime_hooks_internal.h"
#include "tracked_objects_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static ct_lock entries_lock;
static ct_entry entries[CT_RUNTIME_FUNCTIONS];

int ct_map_code(uint8_t *address, const uint8_t *code, size_t bytes) {
    const int flags = MAP_PRIVATE | MAP_FIXED_NOREPLACE;
    int saved = errno, result = 0, file = -1;
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
        // An old kernel takes the address for a hint.
        result = pages == MAP_FAILED ? errno : EEXIST;
        if (pages != MAP_FAILED) {
            (void)munmap(pages, bytes);
        }
        errno = saved;
        return result;
    }
    // Where memory that was written must not become code (MemoryDenyWriteExecute=), a file may still be mapped as such.
    file = memfd_create("class-tracker", MFD_CLOEXEC);
    if (file >= 0) {
        if (write(file, code, bytes) == (ssize_t)bytes) {
            pages = mmap(address, bytes, PROT_READ | PROT_EXEC, flags, file, 0);
            if (pages == address) {
                result = 0;
            } else if (pages != MAP_FAILED) {
                (void)munmap(pages, bytes);
            }
        }
        (void)close(file);
    }
    errno = saved;
    return result;
}

/// Changes code in one store, without taking the right to run it away for a moment.
static int change(uint8_t *place, const uint8_t *bytes, size_t count) {
    int saved = errno;
    int file = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    int is_changed = file >= 0 && pwrite(file, bytes, count, (off_t)(uintptr_t)place) == (ssize_t)count;
    if (file >= 0) {
        (void)close(file);
    }
    if (!is_changed) {
        uintptr_t size = (uintptr_t)getpagesize(), page = (uintptr_t)place / size * size;
        int protection = ct_protection_of(page);
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
    }
    __builtin___clear_cache((char *)place, (char *)place + count);
    errno = saved;
    return memcmp(place, bytes, count) == 0;
}

static ct_hook_result redirect(ct_runtime_function function) {
    ct_entry *entry = &entries[function];
    if (entry->is_redirected) {
        return CT_HOOKED;
    }
    uint8_t *code = ct_find_function(function);
    if (entry->original == NULL) {
        ct_hook_result result = ct_prepare_entry(entry, code, ct_hooked_functions[function].replacement);
        if (result != CT_HOOKED) {
            return result;
        }
    } else if (memcmp(entry->place, entry->before, entry->before_bytes) != 0) {
        return CT_HOOK_UNKNOWN_CODE;
    }
    ct_set_original(function, entry->original);
    if (!change(entry->place, entry->after, entry->change_bytes)) {
        ct_set_original(function, code);
        return CT_HOOK_CODE_READ_ONLY;
    }
    entry->is_redirected = 1;
    return CT_HOOKED;
}

ct_hook_result ct_redirect_entry(ct_runtime_function function) {
    if (!ct_lock_take(&entries_lock, CT_CALLER_PATIENCE)) {
        return CT_HOOK_CODE_READ_ONLY;
    }
    ct_hook_result result = redirect(function);
    ct_lock_leave(&entries_lock);
    return result;
}

void ct_restore_entry(ct_runtime_function function) {
    if (ct_tracking_is_forked() || !ct_lock_take(&entries_lock, CT_CALLER_PATIENCE)) {
        return;
    }
    ct_entry *entry = &entries[function];
    // Who came after us and took our change for the function's own will come back to it: then we stay, and only pass on.
    if (entry->is_redirected && memcmp(entry->place, entry->after, entry->before_bytes) == 0
        && change(entry->place, entry->before, entry->change_bytes)) {
        entry->is_redirected = 0;
    }
    ct_lock_leave(&entries_lock);
}
