#define _GNU_SOURCE
#include "metadata_internal.h"

#include "../Images/images_internal.h"

#include <string.h>

typedef struct {
    uintptr_t *descriptors;
    size_t capacity, count;
    ct_announcements known, announced;
    /// Indicates whether the known libraries are at their places in the list.
    int is_continued;
    const ct_metadata_sections *sections;
} class_list;

/// Returns the descriptor to which a record refers. The object cannot be unloaded meanwhile, but may have been before.
static uintptr_t descriptor_of(const struct dl_phdr_info *image, uintptr_t record) {
    enum { IS_INDIRECT = 1, KIND = 3 };
    int32_t distance;
    memcpy(&distance, (const void *)record, sizeof distance);
    uintptr_t kind = (uintptr_t)distance & KIND, target = record + (uintptr_t)(intptr_t)(distance & ~KIND);
    if (kind == 0) {
        return target;
    }
    return kind == IS_INDIRECT && ct_image_has(image, target, sizeof target, PF_R) ? *(const uintptr_t *)target : 0;
}

static int list_classes(struct dl_phdr_info *image, size_t size, void *context) {
    (void)size;
    enum { CLASS = 16, KIND = 0x1F };
    class_list *list = context;
    const ct_metadata_sections *sections = list->sections;
    // The runtime keeps a library in its list after it is unloaded.
    if (!ct_image_has(image, (uintptr_t)sections, sizeof *sections, PF_R)) {
        return 0;
    }
    uintptr_t record = sections->types.start;
    if (sections->version < CT_FIRST_SECTIONS_VERSION || !ct_image_has(image, record, sections->types.length, PF_R)) {
        return 1;
    }
    for (size_t count = sections->types.length / sizeof(int32_t); count > 0; count--, record += sizeof(int32_t)) {
        uintptr_t descriptor = descriptor_of(image, record);
        // Accept a descriptor from another image only if that image lists it too.
        if (descriptor == 0 || !ct_image_has(image, descriptor, 4 * sizeof(int32_t), PF_R)
            || (*(const uint32_t *)descriptor & KIND) != CLASS) {
            continue;
        }
        if (list->count < list->capacity) {
            list->descriptors[list->count] = descriptor;
        }
        list->count++;
    }
    return 1;
}

static bool visit(const ct_metadata_sections *sections, void *context) {
    class_list *list = context;
    list->announced.count++;
    list->announced.last = (uintptr_t)sections;
    if (list->announced.count < list->known.count) {
        return true;
    }
    if (list->announced.count == list->known.count) {
        list->is_continued = list->announced.last == list->known.last;
        return list->is_continued != 0;
    }
    list->sections = sections;
    dl_iterate_phdr(list_classes, list);
    return true;
}

typedef struct {
    const struct dl_phdr_info *image;
    const ct_metadata_sections *sections;
    size_t announced;
    int is_own;
} section_search;

static bool count_sections(const ct_metadata_sections *sections, void *context) {
    section_search *search = context;
    search->announced += ct_image_has(search->image, (uintptr_t)sections, sizeof *sections, PF_R);
    return true;
}

static int look_for_sections(struct dl_phdr_info *image, size_t size, void *context) {
    (void)size;
    section_search *search = context;
    if (!ct_image_has(image, (uintptr_t)search->sections, sizeof *search->sections, PF_R)) {
        return 0;
    }
    search->image = image;
    // A library at the address of an unloaded one is listed twice, or the address holds other data.
    swift_enumerateAllMetadataSections(count_sections, search);
    search->is_own = search->announced == 1 && ct_image_has(image, (uintptr_t)search->sections->base_address, 1, PF_R);
    return 1;
}

static bool check_sections(const ct_metadata_sections *sections, void *context) {
    section_search search = {.sections = sections};
    dl_iterate_phdr(look_for_sections, &search);
    *(int *)context &= search.is_own;
    return search.is_own != 0;
}

int ct_runtime_can_search(void) {
    // The number of changes at which the answer was yes, plus 1; the answer is valid until the next change. Once no, it
    // stays no: the runtime applies its knowledge of an unloaded library to another one at the same address.
    static _Atomic uint64_t checked;
    uint64_t generation = ct_image_generation() + 1, before = atomic_load_explicit(&checked, memory_order_acquire);
    if (before == generation || before == UINT64_MAX) {
        return before == generation;
    }
    int are_there = ct_image_departures() == 0;
    if (!are_there && swift_enumerateAllMetadataSections) {
        are_there = 1;
        swift_enumerateAllMetadataSections(check_sections, &are_there);
    }
    atomic_store_explicit(&checked, are_there ? generation : UINT64_MAX, memory_order_release);
    return are_there;
}

size_t ct_class_descriptors(
    uintptr_t *descriptors, size_t capacity, ct_announcements known, ct_announcements *announced) {
    class_list list = {
        .descriptors = descriptors, .capacity = capacity, .known = known, .is_continued = known.count == 0};
    if (swift_enumerateAllMetadataSections) {
        swift_enumerateAllMetadataSections(visit, &list);
        if (!list.is_continued) {
            list = (class_list){.descriptors = descriptors, .capacity = capacity};
            swift_enumerateAllMetadataSections(visit, &list);
        }
    }
    *announced = list.announced;
    return list.count;
}

// MARK: Fields

struct section_list {
    struct ct_field_section *sections;
    size_t capacity;
    size_t count;
};

static bool visit_sections(const ct_metadata_sections *sections, void *context) {
    struct section_list *list = context;
    if (sections->version < CT_FIRST_SECTIONS_VERSION || !sections->fields.start || !sections->fields.length) return true;
    if (list->count < list->capacity) {
        list->sections[list->count] = (struct ct_field_section){sections->fields.start, sections->fields.length};
    }
    list->count++;
    return true;
}

size_t ct_field_sections(struct ct_field_section *sections, size_t capacity) {
    struct section_list list = {sections, capacity, 0};
    if (swift_enumerateAllMetadataSections) swift_enumerateAllMetadataSections(visit_sections, &list);
    return list.count;
}
