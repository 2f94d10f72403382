#define _GNU_SOURCE
// Reads from the loader the segments of the program and its libraries, and how many were loaded and unloaded.

#include "images_internal.h"

// MARK: Segments

/// Returns the bytes from an address to the end of the object's segment that contains it and has these flags.
size_t ct_bytes_to_segment_end(const struct dl_phdr_info *image, uintptr_t address, unsigned flags) {
    for (int index = 0; index < image->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &image->dlpi_phdr[index];
        uintptr_t offset = address - (image->dlpi_addr + header->p_vaddr);
        if (header->p_type == PT_LOAD && (header->p_flags & flags) == flags && offset < header->p_memsz) {
            return header->p_memsz - offset;
        }
    }
    return 0;
}

int ct_image_has(const struct dl_phdr_info *image, uintptr_t address, size_t bytes, unsigned flags) {
    size_t rest = ct_bytes_to_segment_end(image, address, flags);
    return rest > 0 && bytes <= rest;
}

// MARK: The image of an address

typedef struct {
    uintptr_t address, base;
} inquiry;

static int look(struct dl_phdr_info *image, size_t size, void *context) {
    (void)size;
    inquiry *inquiry = context;
    if (!ct_image_has(image, inquiry->address, 1, 0)) {
        return 0;
    }
    // If the bias is 0, 1 distinguishes the object from memory that belongs to none.
    inquiry->base = image->dlpi_addr != 0 ? image->dlpi_addr : 1;
    return 1;
}

uintptr_t ct_image_base(uintptr_t address) {
    inquiry inquiry = {.address = address};
    dl_iterate_phdr(look, &inquiry);
    return inquiry.base;
}

// MARK: All images

struct collection {
    ct_range *ranges;
    size_t capacity, count;
    int with_code_only;
};

static int collect(struct dl_phdr_info *image, size_t size, void *context) {
    (void)size;
    struct collection *found = context;
    for (int index = 0; index < image->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &image->dlpi_phdr[index];
        if (header->p_type != PT_LOAD || header->p_memsz == 0) continue;
        if (found->with_code_only && !(header->p_flags & PF_X)) continue;
        if (found->count < found->capacity) {
            found->ranges[found->count].begin = image->dlpi_addr + header->p_vaddr;
            found->ranges[found->count].end = image->dlpi_addr + header->p_vaddr + header->p_memsz;
        }
        found->count++;
    }
    return 0;
}

size_t ct_image_ranges(ct_range *ranges, size_t capacity, int with_code_only) {
    struct collection found = {.ranges = ranges, .capacity = capacity, .with_code_only = with_code_only};
    dl_iterate_phdr(collect, &found);
    return found.count;
}

typedef struct {
    void (*body)(void *);
    void *context;
} visitor;

static int call_once(struct dl_phdr_info *image, size_t size, void *context) {
    (void)image, (void)size;
    const visitor *visitor = context;
    visitor->body(visitor->context);
    return 1;
}

void ct_with_loader(void (*body)(void *), void *context) {
    visitor visitor = {body, context};
    dl_iterate_phdr(call_once, &visitor);
}

static int count_departures(struct dl_phdr_info *image, size_t size, void *context) {
    (void)size;
    *(uint64_t *)context = image->dlpi_subs;
    return 1;
}

uint64_t ct_image_departures(void) {
    uint64_t departures = 0;
    dl_iterate_phdr(count_departures, &departures);
    return departures;
}

static int count_changes(struct dl_phdr_info *image, size_t size, void *context) {
    (void)size;
    // Both numbers only grow.
    *(uint64_t *)context = image->dlpi_adds + image->dlpi_subs;
    return 1;
}

uint64_t ct_image_generation(void) {
    uint64_t changes = 0;
    dl_iterate_phdr(count_changes, &changes);
    return changes;
}
