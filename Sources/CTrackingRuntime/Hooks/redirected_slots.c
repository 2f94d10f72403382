#define _GNU_SOURCE
// Redirects import slots: the words through which the program and its libraries call functions of other libraries.

#include "runtime_hooks_internal.h"

#include "../Images/images_internal.h"
#include "../Protection/protection_internal.h"
#include "../Shims/locks_internal.h"
#include "../Shims/shims_internal.h"
#include "../TrackerCopies/copies_internal.h"
#include "forks.h"

#include <errno.h>
#include <string.h>

enum { SLOTS = 8192 };

/// A changed import slot, and the object to which it belongs.
typedef struct {
    _Atomic uintptr_t *place;
    uintptr_t before, replacement, base;
} ct_slot;

/// The lock order: this lock, then the loader's, then the one for the protection of pages.
static ct_lock slots_lock;
static ct_slot slots[SLOTS];
static atomic_size_t slot_count;
static atomic_int is_redirecting;

// MARK: Redirecting

typedef struct {
    const struct dl_phdr_info *image;
    ct_hook_result result;
    int is_alone;
    /// The words that other copies of the tracker put into slots, if those slots must not be changed.
    uintptr_t others[16];
    size_t other_count;
    int are_others_known;
} redirection;

static int is_known(uintptr_t place, uintptr_t base) {
    for (size_t index = 0; index < slot_count; index++) {
        if ((uintptr_t)slots[index].place == place) {
            // An object that replaced an unloaded one has its own slot at this address.
            slots[index].base = base;
            return atomic_load(slots[index].place) == slots[index].replacement;
        }
    }
    return 0;
}

typedef void *open_function(const char *, int);
typedef void *open_in_function(Lmid_t, const char *, int);

static _Atomic(open_function *) original_open;
static _Atomic(open_in_function *) original_open_in;

static void *open_library(const char *name, int flags);
static void *open_library_in(Lmid_t space, const char *name, int flags);

static uintptr_t replacement_for(const char *name, int is_alone) {
    // The third function is omitted: libraries have called it before their slots can be redirected.
    for (size_t index = 0; index < CT_ADD_IMAGE; index++) {
        if (*name == *ct_runtime_function_names[index] && strcmp(name, ct_runtime_function_names[index]) == 0) {
            return (uintptr_t)ct_replacement((ct_runtime_function)index);
        }
    }
    if (!is_alone || *name != 'd') {
        return 0;
    }
    return strcmp(name, "dlopen") == 0 ? (uintptr_t)open_library
        : strcmp(name, "dlmopen") == 0 ? (uintptr_t)open_library_in
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
    // An undefined weak import must stay null, and our own library may import our functions from itself.
    uintptr_t before = atomic_load(slot);
    if (before == 0 || before == replacement) {
        return;
    }
    // A copy of the tracker that redirects slots only needs them, and calls the entry, which leads to us.
    for (size_t index = 0; index < state->other_count; index++) {
        if (before == state->others[index]) {
            return;
        }
    }
    if (slot_count == SLOTS) {
        state->result = CT_HOOK_TOO_MANY_SLOTS;
        return;
    }
    int error;
    // Lazy binding may replace the word at the same time.
    do {
        error = ct_exchange_word_within(state->image, slot, &before, replacement);
    } while (error == EAGAIN);
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
    // While the loader is locked, no other copy claims slots.
    if (!state->is_alone && !state->are_others_known) {
        state->other_count = ct_other_replacements(state->others, sizeof state->others / sizeof *state->others);
        state->are_others_known = 1;
    }
    state->image = image;
    ct_for_each_slot(image, redirect, state);
    return state->result != CT_HOOKED;
}

/// Sets the functions of the runtime and the loader that ours call. Done before any slot is redirected, because a
/// lookup then finds ours.
static void find_originals(void) {
    for (ct_runtime_function function = 0; function < CT_RUNTIME_FUNCTIONS; function++) {
        ct_set_original(function, ct_find_function(function));
    }
    ct_search_functions();
    atomic_store(&original_open, (open_function *)ct_find_dlopen());
    atomic_store(&original_open_in, (open_in_function *)ct_find_dlmopen());
}

ct_hook_result ct_redirect_slots(int is_alone) {
    redirection state = {.result = CT_HOOKED, .is_alone = is_alone};
    ct_stay_loaded();
    if (ct_tracking_is_forked()) {
        return CT_HOOK_NO_SLOTS;
    }
    ct_show_replacements(ct_replacement(CT_ALLOCATE_OBJECT), ct_replacement(CT_DEALLOCATE_PARTIAL_INSTANCE));
    if (is_alone) {
        if (!ct_claim_slots()) {
            return CT_HOOK_OTHER_COPY;
        }
        find_originals();
    }
    if (!ct_lock_take(&slots_lock, CT_CALLER_PATIENCE)) {
        return CT_HOOK_NO_SLOTS;
    }
    dl_iterate_phdr(redirect_image, &state);
    int is_allocation_among = 0;
    for (size_t index = 0; index < slot_count; index++) {
        is_allocation_among |= slots[index].replacement
            == (uintptr_t)ct_replacement(CT_ALLOCATE_OBJECT);
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
    // Slots of an unloaded object lie in no segment, or in another object's.
    for (size_t index = 0; index < slot_count; index++) {
        const ct_slot *slot = &slots[index];
        if (slot->base == image->dlpi_addr
            && ct_image_has(image, (uintptr_t)slot->place, sizeof(uintptr_t), PF_R | PF_W)) {
            uintptr_t expected = slot->replacement;
            (void)ct_exchange_word_within(image, slot->place, &expected, slot->before);
        }
    }
    return 0;
}

void ct_restore_slots(void) {
    if (ct_tracking_is_forked() || !ct_lock_take(&slots_lock, CT_CALLER_PATIENCE)) {
        return;
    }
    atomic_store(&is_redirecting, 0);
    dl_iterate_phdr(restore_image, NULL);
    slot_count = 0;
    ct_lock_leave(&slots_lock);
    ct_release_slots();
}

// MARK: Libraries opened later

/// Redirects the slots of a library that was just opened.
static void follow(void) {
    int saved = errno;
    if (atomic_load(&is_redirecting) && !ct_tracking_is_forked() && ct_lock_take(&slots_lock, CT_HOST_PATIENCE)) {
        redirection state = {.result = CT_HOOKED, .is_alone = 1};
        if (atomic_load(&is_redirecting)) {
            dl_iterate_phdr(redirect_image, &state);
        }
        ct_lock_leave(&slots_lock);
        ct_image_added();
    }
    errno = saved;
}

/// Indicates whether the caller's object matters for a name: the loader searches for a bare name along that object's
/// paths, and replaces $ORIGIN by its directory. Such calls are passed on without us, and the library is found later.
static int depends_on_caller(const char *name) {
    return name == NULL || strchr(name, '/') == NULL || strchr(name, '$') != NULL;
}

static void *open_library(const char *name, int flags) {
    open_function *load = atomic_load(&original_open);
    if (depends_on_caller(name)) {
        __attribute__((musttail)) return load(name, flags);
    }
    void *library = load(name, flags);
    if (library != NULL) {
        follow();
    }
    return library;
}

static void *open_library_in(Lmid_t space, const char *name, int flags) {
    open_in_function *load = atomic_load(&original_open_in);
    if (depends_on_caller(name)) {
        __attribute__((musttail)) return load(space, name, flags);
    }
    void *library = load(space, name, flags);
    if (library != NULL) {
        follow();
    }
    return library;
}
