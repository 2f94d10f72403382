#define _GNU_SOURCE
#include "copies_internal.h"

#include "../Images/images_internal.h"
#include "../Shims/shims_internal.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

// MARK: Other copies

// A note of the object is found without symbols, so also in a stripped program. It holds the distance to the copy,
// which needs no relocation.
#define NAME "class-tracker"
enum { KIND = 1 };

__asm__(".pushsection .note.class-tracker, \"aR\", %note\n"
        ".balign 4\n"
        ".long 2f - 1f, 4f - 3f, 1\n"
        "1: .asciz \"" NAME "\"\n"
        "2: .balign 4\n"
        "3: .quad ct_own_copy - .\n"
        "4: .balign 4\n"
        ".popsection");

ct_copy ct_own_copy = {
    .bytes = sizeof(ct_copy),
};

/// Returns the copy to which a note in these bytes refers, or null.
///
/// Each position where a note may begin is checked: linkers concatenate notes of several alignments.
static ct_copy *copy_from(const struct dl_phdr_info *image, uintptr_t notes, size_t bytes) {
    enum { NAME_BYTES = (sizeof NAME + 3) / 4 * 4, NOTE_BYTES = sizeof(ElfW(Nhdr)) + NAME_BYTES + sizeof(int64_t) };
    for (size_t place = 0; place + NOTE_BYTES <= bytes; place += 4) {
        ElfW(Nhdr) header;
        memcpy(&header, (const void *)(notes + place), sizeof header);
        uintptr_t name = notes + place + sizeof header, content = name + NAME_BYTES;
        if (header.n_type != KIND || header.n_namesz != sizeof NAME || header.n_descsz != sizeof(int64_t)
            || memcmp((const void *)name, NAME, sizeof NAME) != 0) {
            continue;
        }
        int64_t distance;
        memcpy(&distance, (const void *)content, sizeof distance);
        uintptr_t copy = content + (uintptr_t)distance;
        // Fields after these are checked where they are used.
        enum { LEAST = offsetof(ct_copy, protection) };
        int is_whole = copy % _Alignof(ct_copy) == 0 && ct_image_has(image, copy, LEAST, PF_R | PF_W)
            && ((ct_copy *)copy)->bytes >= LEAST;
        return is_whole ? (ct_copy *)copy : NULL;
    }
    return NULL;
}

/// Returns the copy in an object, or null; this copy is omitted.
static ct_copy *copy_in(const struct dl_phdr_info *image) {
    for (int index = 0; index < image->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &image->dlpi_phdr[index];
        uintptr_t note = image->dlpi_addr + header->p_vaddr;
        if (header->p_type != PT_NOTE || !ct_image_has(image, note, header->p_memsz, PF_R)) {
            continue;
        }
        ct_copy *copy = copy_from(image, note, header->p_memsz);
        if (copy != NULL) {
            return copy == &ct_own_copy ? NULL : copy;
        }
    }
    return NULL;
}

// MARK: Faults

typedef struct {
    ct_fault_handler *handle;
    ct_take_fault *take;
} joining;

static int join_image(struct dl_phdr_info *image, size_t size, void *context) {
    (void)size;
    joining *joining = context;
    ct_copy *copy = copy_in(image);
    return copy != NULL && atomic_load(&copy->handle) == joining->handle && atomic_load(&copy->join)(joining->take);
}

void ct_show_handler(ct_fault_handler *handle, ct_join_function *join) {
    atomic_store(&ct_own_copy.join, join);
    // Last: another copy that finds the handler calls `join`.
    atomic_store(&ct_own_copy.handle, handle);
}

int ct_join_handler(ct_fault_handler *handle, ct_take_fault *take) {
    joining joining = {handle, take};
    return dl_iterate_phdr(join_image, &joining);
}

// MARK: Import slots

static int has_slots(struct dl_phdr_info *image, size_t size, void *context) {
    (void)size, (void)context;
    ct_copy *copy = copy_in(image);
    return copy != NULL && atomic_load(&copy->has_slots);
}

/// Claims the slots in a callback during which the loader's lock is held, so that no two copies claim at the same time.
static int claim(struct dl_phdr_info *image, size_t size, void *context) {
    (void)image, (void)size;
    int *is_claimed = context;
    if (!dl_iterate_phdr(has_slots, NULL)) {
        atomic_store(&ct_own_copy.has_slots, 1);
        *is_claimed = 1;
    }
    return 1;
}

int ct_claim_slots(void) {
    int is_claimed = 0;
    (void)dl_iterate_phdr(claim, &is_claimed);
    return is_claimed;
}

void ct_show_replacements(void *allocate, void *deallocate_partial) {
    atomic_store(&ct_own_copy.replacements[0], allocate);
    atomic_store(&ct_own_copy.replacements[1], deallocate_partial);
}

void ct_release_slots(void) { atomic_store(&ct_own_copy.has_slots, 0); }

typedef struct {
    uintptr_t *list;
    size_t capacity, count;
} collection;

static int collect_replacements(struct dl_phdr_info *image, size_t size, void *context) {
    (void)size;
    collection *found = context;
    ct_copy *copy = copy_in(image);
    for (size_t index = 0; copy != NULL && index < 2 && found->count < found->capacity; index++) {
        found->list[found->count++] = (uintptr_t)atomic_load(&copy->replacements[index]);
    }
    return 0;
}

size_t ct_other_replacements(uintptr_t *list, size_t capacity) {
    collection found = {list, capacity, 0};
    (void)dl_iterate_phdr(collect_replacements, &found);
    return found.count;
}

// MARK: Protection of pages

static int find_lock(struct dl_phdr_info *image, size_t size, void *context) {
    (void)size;
    ct_copy *copy = copy_in(image);
    if (copy != NULL && copy->bytes > offsetof(ct_copy, protection)) {
        *(ct_lock **)context = atomic_load(&copy->protection);
    }
    return *(ct_lock **)context != NULL;
}

/// Chooses the lock in a callback during which the loader's lock is held, so that no two copies decide at the same
/// time.
static int agree(struct dl_phdr_info *image, size_t size, void *context) {
    (void)image, (void)size, (void)context;
    static ct_lock own;
    ct_lock *found = NULL;
    if (atomic_load(&ct_own_copy.protection) == NULL) {
        (void)dl_iterate_phdr(find_lock, &found);
        atomic_store(&ct_own_copy.protection, found == NULL ? &own : found);
    }
    return 1;
}

ct_lock *ct_protection_lock(void) {
    ct_lock *lock = atomic_load(&ct_own_copy.protection);
    if (lock == NULL) {
        // Other copies may use it from now on.
        ct_stay_loaded();
        (void)dl_iterate_phdr(agree, NULL);
        lock = atomic_load(&ct_own_copy.protection);
    }
    return lock;
}
