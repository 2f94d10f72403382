#define _GNU_SOURCE
#include "runtime_hooks_internal.h"
#include "tracked_objects_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)

enum {
    PUSH_FRAME_POINTER = 0x55,
    JUMP = 0xE9,
    JUMP_BYTES = 5,
    /// jmp *0(%rip), and the address behind it.
    FAR_JUMP_BYTES = 14,
};

/// An entry that is or was redirected.
typedef struct {
    uint8_t *entry;
    /// What stood there, at least until the end of the jump.
    uint8_t before[JUMP_BYTES];
    /// The way to the function as it is without us; null while there is no landing place.
    void *original;
    int is_redirected;
} ct_entry;

static ct_lock entries_lock;
static ct_entry entries[CT_RUNTIME_FUNCTIONS];

/// Writes a jump that will stand at `place`: the short one where it reaches, which is faster.
static uint8_t *write_jump(uint8_t *code, uintptr_t place, const void *target) {
    static const uint8_t far[] = {0xFF, 0x25, 0, 0, 0, 0};
    intptr_t distance = (intptr_t)((uintptr_t)target - (place + JUMP_BYTES));
    if (distance == (int32_t)distance) {
        int32_t short_distance = (int32_t)distance;
        *code = JUMP;
        memcpy(code + 1, &short_distance, sizeof short_distance);
        return code + JUMP_BYTES;
    }
    memcpy(code, far, sizeof far);
    memcpy(code + sizeof far, &target, sizeof target);
    return code + FAR_JUMP_BYTES;
}

/// Maps code at an address of our choice.
///
/// - Returns: 0, or an errno: EEXIST where something is mapped there.
static int map_code(uint8_t *address, const uint8_t *code, size_t bytes) {
    const int flags = MAP_PRIVATE | MAP_FIXED_NOREPLACE;
    int saved = errno, result = 0, file = -1;
    uint8_t *pages = mmap(address, bytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
    if (pages == address) {
        memcpy(pages, code, bytes);
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

/// Maps the landing place of an entry: a jump to our function where the entry's own leads, and the way back behind it.
static ct_hook_result prepare(ct_entry *entry, const void *replacement) {
    int32_t distance;
    memcpy(&distance, entry->before + 1, sizeof distance);
    uintptr_t landing = (uintptr_t)entry->entry + JUMP_BYTES + (uintptr_t)(intptr_t)distance;
    uintptr_t size = (uintptr_t)getpagesize(), page = landing / size * size;
    enum { LARGEST_PAGE = 4096, WAY_BYTES = 2 * FAR_JUMP_BYTES + 1 };
    uint8_t code[2 * LARGEST_PAGE];
    if (distance <= 0 || size > LARGEST_PAGE) {
        return CT_HOOK_UNKNOWN_CODE;
    }
    size_t bytes = landing - page + WAY_BYTES > size ? 2 * size : size;
    // What nobody jumps to is a trap.
    memset(code, 0xCC, sizeof code);
    uint8_t *way = write_jump(code + (landing - page), landing, replacement);
    size_t original = (size_t)(way - code);
    *way++ = PUSH_FRAME_POINTER;
    (void)write_jump(way, page + original + 1, entry->entry + 1);
    int error = map_code((uint8_t *)page, code, bytes);
    if (error != 0) {
        // ENOMEM and EINVAL: beyond the memory that processes have.
        return error == EEXIST || error == ENOMEM || error == EINVAL ? CT_HOOK_PLACE_TAKEN : CT_HOOK_NO_CODE_MEMORY;
    }
    entry->original = (void *)(page + original);
    return CT_HOOKED;
}

/// Changes a byte of code, without taking the right to run it away for a moment.
static int change(uint8_t *place, uint8_t value) {
    int saved = errno;
    int file = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    int is_changed = file >= 0 && pwrite(file, &value, 1, (off_t)(uintptr_t)place) == 1;
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
            __atomic_store_n(place, value, __ATOMIC_SEQ_CST);
            (void)mprotect((void *)page, size, protection);
        }
    }
    errno = saved;
    return __atomic_load_n(place, __ATOMIC_SEQ_CST) == value;
}

static ct_hook_result redirect(ct_runtime_function function) {
    ct_entry *entry = &entries[function];
    uint8_t *place = ct_find_function(function);
    if (entry->is_redirected) {
        return CT_HOOKED;
    }
    if (place[0] != PUSH_FRAME_POINTER) {
        return CT_HOOK_UNKNOWN_CODE;
    }
    if (entry->original == NULL) {
        entry->entry = place;
        memcpy(entry->before, place, sizeof entry->before);
        ct_hook_result result = prepare(entry, ct_hooked_functions[function].replacement);
        if (result != CT_HOOKED) {
            return result;
        }
    } else if (memcmp(place, entry->before, sizeof entry->before) != 0) {
        return CT_HOOK_UNKNOWN_CODE;
    }
    ct_set_original(function, entry->original);
    if (!change(place, JUMP)) {
        ct_set_original(function, place);
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
    // Who came after us and took our byte for the function's own will come back to it: then we stay, and only pass on.
    if (entry->is_redirected && entry->entry[0] == JUMP
        && memcmp(entry->entry + 1, entry->before + 1, sizeof entry->before - 1) == 0
        && change(entry->entry, entry->before[0])) {
        entry->is_redirected = 0;
    }
    ct_lock_leave(&entries_lock);
}

#else

// An instruction of aarch64 reaches 128 MB, and not every processor may see it change without being told.
ct_hook_result ct_redirect_entry(ct_runtime_function function) {
    (void)function;
    return CT_HOOK_NO_PROCESSOR;
}

void ct_restore_entry(ct_runtime_function function) { (void)function; }

#endif
