#define _GNU_SOURCE
#include "runtime_hooks_internal.h"
#include "tracked_objects_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SLOTS = 8192 };

/// An import slot that was changed, and the object it belongs to.
typedef struct {
    _Atomic uintptr_t *place;
    uintptr_t before, replacement, base;
} ct_slot;

/// The loader's own lock is taken inside of it, never around it.
static ct_lock slots_lock;
static ct_slot slots[SLOTS];
static atomic_size_t slot_count;
static atomic_int is_redirecting;

// MARK: Protection

/// Pages of one protection, as PROT_ bits.
typedef struct {
    uintptr_t begin, end;
    int protection;
} mapping;

/// Tells all mappings of the process in the order of their addresses, until `body` returns something else than 0.
static void for_each_mapping(int (*body)(const mapping *found, void *context), void *context) {
    int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return;
    }
    // begin-end rwxp ...: all that matters stands in front of the path, of which lines of any length are skipped.
    enum { BEGIN, END, FLAGS, REST } part = BEGIN;
    mapping found = {0};
    int is_done = 0;
    char buffer[4096];
    ssize_t count;
    while (!is_done && ((count = read(file, buffer, sizeof buffer)) > 0 || (count < 0 && errno == EINTR))) {
        for (ssize_t index = 0; index < count && !is_done; index++) {
            char letter = buffer[index];
            if (letter == '\n') {
                part = BEGIN;
                found = (mapping){0};
            } else if (part == BEGIN || part == END) {
                uintptr_t *number = part == BEGIN ? &found.begin : &found.end;
                if (letter == '-' || letter == ' ') {
                    part = part == BEGIN ? END : FLAGS;
                } else {
                    *number = *number << 4 | (uintptr_t)(letter <= '9' ? letter - '0' : letter - 'a' + 10);
                }
            } else if (part == FLAGS) {
                found.protection |= letter == 'r' ? PROT_READ : letter == 'w' ? PROT_WRITE : letter == 'x' ? PROT_EXEC : 0;
                if (letter == ' ') {
                    part = REST;
                    is_done = body(&found, context);
                }
            }
        }
    }
    (void)close(file);
}

/// An address that is looked for, or -1 and its protection.
typedef struct {
    uintptr_t address;
    int protection;
} search;

static int look_for(const mapping *found, void *context) {
    search *search = context;
    int is_there = found->begin <= search->address && search->address < found->end;
    if (is_there) {
        search->protection = found->protection;
    }
    return is_there;
}

int ct_protection_of(uintptr_t address) {
    search search = {address, -1};
    for_each_mapping(look_for, &search);
    return search.protection;
}

/// The mappings when a pass over the slots began: the kernel takes longer to write them than the pass does for the rest.
static mapping mappings[512];
static size_t mapping_count;

static int note(const mapping *found, void *context) {
    (void)context;
    mappings[mapping_count++] = *found;
    return mapping_count == sizeof mappings / sizeof *mappings;
}

static void note_mappings(void) {
    mapping_count = 0;
    for_each_mapping(note, NULL);
}

static int noted_protection(uintptr_t page) {
    search search = {page, -1};
    for (size_t index = 0; index < mapping_count; index++) {
        if (look_for(&mappings[index], &search)) {
            return search.protection;
        }
    }
    return ct_protection_of(page);
}

/// What the loader gives a page when it is done: where /proc is not mounted.
static int usual_protection(const struct dl_phdr_info *image, uintptr_t page) {
    for (int index = 0; index < image->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &image->dlpi_phdr[index];
        uintptr_t begin = image->dlpi_addr + header->p_vaddr, size = (uintptr_t)getpagesize();
        // The loader leaves the page that the part ends in, unless it ends with it.
        if (header->p_type == PT_GNU_RELRO && page >= begin / size * size
            && page + size <= begin + header->p_memsz) {
            return PROT_READ;
        }
    }
    return PROT_READ | PROT_WRITE;
}

/// Exchanges the word in a slot, if it is still the expected one. The object cannot be unloaded meanwhile.
///
/// - Returns: 0, or an errno: EAGAIN where it is another one.
static int store(const struct dl_phdr_info *image, _Atomic uintptr_t *place, uintptr_t expected, uintptr_t value) {
    uintptr_t size = (uintptr_t)getpagesize(), page = (uintptr_t)place / size * size;
    int protection = noted_protection(page);
    if (protection < 0) {
        protection = usual_protection(image, page);
    }
    int is_writable = (protection & PROT_WRITE) != 0, saved = errno, result = 0;
    if (!is_writable && mprotect((void *)page, size, protection | PROT_WRITE) != 0) {
        result = errno;
        errno = saved;
        return result;
    }
    if (!atomic_compare_exchange_strong_explicit(
            place, &expected, value, memory_order_release, memory_order_relaxed)) {
        result = EAGAIN;
    }
    if (!is_writable) {
        (void)mprotect((void *)page, size, protection);
    }
    errno = saved;
    return result;
}

// MARK: Redirecting

typedef struct {
    const struct dl_phdr_info *image;
    ct_hook_result result;
    int is_alone;
} redirection;

static int is_known(uintptr_t place, uintptr_t base) {
    for (size_t index = 0; index < slot_count; index++) {
        if ((uintptr_t)slots[index].place == place) {
            // An object that took the place of an unloaded one has slots of its own there.
            slots[index].base = base;
            return atomic_load(slots[index].place) == slots[index].replacement;
        }
    }
    return 0;
}

static uintptr_t replacement_for(const char *name, int is_alone) {
    // Libraries have called the third one when they can be looked at.
    for (size_t index = 0; index < CT_ADD_IMAGE; index++) {
        if (*name == *ct_hooked_functions[index].name && strcmp(name, ct_hooked_functions[index].name) == 0) {
            return (uintptr_t)ct_hooked_functions[index].replacement;
        }
    }
    if (!is_alone || *name != 'd') {
        return 0;
    }
    return strcmp(name, "dlopen") == 0 ? (uintptr_t)ct_open_library
        : strcmp(name, "dlmopen") == 0 ? (uintptr_t)ct_open_library_in
                                       : 0;
}

static void redirect(uintptr_t place, const char *name, void *context) {
    redirection *state = context;
    uintptr_t replacement = replacement_for(name, state->is_alone);
    _Atomic uintptr_t *slot = (_Atomic uintptr_t *)place;
    if (replacement == 0 || !ct_image_has(state->image, place, sizeof(uintptr_t), PF_R | PF_W)
        || is_known(place, state->image->dlpi_addr)) {
        return;
    }
    // A weak import that is not there has to stay so; and our own library may import our functions from itself.
    uintptr_t before = atomic_load(slot);
    if (before == 0 || before == replacement) {
        return;
    }
    if (slot_count == SLOTS) {
        state->result = CT_HOOK_TOO_MANY_SLOTS;
        return;
    }
    int error;
    // Lazy binding may put another word there while we look.
    while ((error = store(state->image, slot, before, replacement)) == EAGAIN) {
        before = atomic_load(slot);
    }
    if (error != 0) {
        state->result = CT_HOOK_SLOT_READ_ONLY;
        return;
    }
    size_t index = 0;
    while (index < slot_count && slots[index].place != slot) {
        index++;
    }
    slots[index] = (ct_slot){slot, before, replacement, state->image->dlpi_addr};
    slot_count += index == slot_count;
}

static int redirect_image(struct dl_phdr_info *image, size_t size, void *context) {
    (void)size;
    redirection *state = context;
    state->image = image;
    ct_for_each_slot(image, redirect, state);
    return state->result != CT_HOOKED;
}

ct_hook_result ct_redirect_slots(int is_alone) {
    redirection state = {.result = CT_HOOKED, .is_alone = is_alone};
    if (is_alone) {
        // Before any slot: it would be found through one.
        ct_find_originals();
    }
    if (!ct_lock_take(&slots_lock, CT_CALLER_PATIENCE)) {
        return CT_HOOK_NO_SLOTS;
    }
    note_mappings();
    dl_iterate_phdr(redirect_image, &state);
    int is_allocation_among = 0;
    for (size_t index = 0; index < slot_count; index++) {
        is_allocation_among |= slots[index].replacement
            == (uintptr_t)ct_hooked_functions[CT_ALLOCATE_OBJECT].replacement;
    }
    if (state.result == CT_HOOKED && !is_allocation_among) {
        state.result = CT_HOOK_NO_SLOTS;
    }
    atomic_store(&is_redirecting, is_alone && state.result == CT_HOOKED);
    ct_lock_leave(&slots_lock);
    return state.result;
}

static int restore_image(struct dl_phdr_info *image, size_t size, void *context) {
    (void)size, (void)context;
    // Slots of an object that is not there any more are in nobody's segments, or another object's.
    for (size_t index = 0; index < slot_count; index++) {
        const ct_slot *slot = &slots[index];
        if (slot->base == image->dlpi_addr
            && ct_image_has(image, (uintptr_t)slot->place, sizeof(uintptr_t), PF_R | PF_W)) {
            (void)store(image, slot->place, slot->replacement, slot->before);
        }
    }
    return 0;
}

void ct_restore_slots(void) {
    if (ct_tracking_is_forked() || !ct_lock_take(&slots_lock, CT_CALLER_PATIENCE)) {
        return;
    }
    atomic_store(&is_redirecting, 0);
    note_mappings();
    dl_iterate_phdr(restore_image, NULL);
    slot_count = 0;
    ct_lock_leave(&slots_lock);
}

size_t ct_redirected_slots(void) { return atomic_load(&slot_count); }

// MARK: Libraries that are opened later

typedef void *open_function(const char *, int);
typedef void *open_in_function(Lmid_t, const char *, int);

static _Atomic(open_function *) original_open;
static _Atomic(open_in_function *) original_open_in;

void ct_set_open_library(void *open, void *open_in) {
    atomic_store(&original_open, (open_function *)open);
    atomic_store(&original_open_in, (open_in_function *)open_in);
}

/// Redirects what a library imports that was just opened.
static void follow(void) {
    int saved = errno;
    if (atomic_load(&is_redirecting) && !ct_tracking_is_forked() && ct_lock_take(&slots_lock, CT_HOST_PATIENCE)) {
        redirection state = {.result = CT_HOOKED, .is_alone = 1};
        if (atomic_load(&is_redirecting)) {
            note_mappings();
            dl_iterate_phdr(redirect_image, &state);
        }
        ct_lock_leave(&slots_lock);
        ct_image_added();
    }
    errno = saved;
}

/// Whether it matters to the loader who asks for a library: it searches for a bare name where the caller's object says,
/// and replaces $ORIGIN with where that lies. Then we must not stand between, and the library is found later.
static int depends_on_caller(const char *name) {
    return name == NULL || strchr(name, '/') == NULL || strchr(name, '$') != NULL;
}

void *ct_open_library(const char *name, int flags) {
    open_function *open = atomic_load(&original_open);
    if (depends_on_caller(name)) {
        __attribute__((musttail)) return open(name, flags);
    }
    void *library = open(name, flags);
    if (library != NULL) {
        follow();
    }
    return library;
}

void *ct_open_library_in(Lmid_t space, const char *name, int flags) {
    open_in_function *open = atomic_load(&original_open_in);
    if (depends_on_caller(name)) {
        __attribute__((musttail)) return open(space, name, flags);
    }
    void *library = open(space, name, flags);
    if (library != NULL) {
        follow();
    }
    return library;
}
