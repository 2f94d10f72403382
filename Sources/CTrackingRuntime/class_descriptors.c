#define _GNU_SOURCE
#include "runtime_hooks_internal.h"

#include <stdbool.h>
#include <string.h>

// The beginning of the runtime's `MetadataSections`, which only ever grows at its end.
typedef struct {
    uintptr_t version;
    const void *base_address;
    void *unused[2];
    struct {
        uintptr_t start;
        size_t length;
    } protocols, conformances, types;
} metadata_sections;

// Weak, so that a program with an older runtime starts.
extern void swift_enumerateAllMetadataSections(bool (*body)(const metadata_sections *, void *), void *)
    __attribute__((weak));

typedef struct {
    uintptr_t *descriptors;
    size_t capacity, count;
    const metadata_sections *sections;
} class_list;

/// The descriptor that a record refers to; the object cannot be unloaded meanwhile, but may have been before.
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
    const metadata_sections *sections = list->sections;
    // A library that is unloaded stays in the runtime's list.
    if (!ct_image_has(image, (uintptr_t)sections, sizeof *sections, PF_R)) {
        return 0;
    }
    uintptr_t record = sections->types.start;
    // Version 3 gave the structure its present beginning.
    if (sections->version < 3 || !ct_image_has(image, record, sections->types.length, PF_R)) {
        return 1;
    }
    for (size_t count = sections->types.length / sizeof(int32_t); count > 0; count--, record += sizeof(int32_t)) {
        uintptr_t descriptor = descriptor_of(image, record);
        // Of another object's only that is taken which it has itself among its own.
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

static bool visit(const metadata_sections *sections, void *context) {
    class_list *list = context;
    list->sections = sections;
    dl_iterate_phdr(list_classes, list);
    return true;
}

size_t ct_class_descriptors(uintptr_t *descriptors, size_t capacity) {
    class_list list = {.descriptors = descriptors, .capacity = capacity};
    if (swift_enumerateAllMetadataSections) {
        swift_enumerateAllMetadataSections(visit, &list);
    }
    return list.count;
}
