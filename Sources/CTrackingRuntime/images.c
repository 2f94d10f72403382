#define _GNU_SOURCE
#include "CTrackingRuntime.h"

#include <link.h>

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

static int count_changes(struct dl_phdr_info *image, size_t size, void *context) {
    (void)size;
    // Both only grow.
    *(uint64_t *)context = image->dlpi_adds + image->dlpi_subs;
    return 1;
}

uint64_t ct_image_generation(void) {
    uint64_t changes = 0;
    dl_iterate_phdr(count_changes, &changes);
    return changes;
}
