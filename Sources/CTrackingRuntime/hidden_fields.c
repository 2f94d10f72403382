#define _GNU_SOURCE
#include "hidden_fields.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

// MARK: - Images

static bool segment_contains(const struct dl_phdr_info *info, const ElfW(Phdr) *segment, uintptr_t address,
                             size_t length) {
    uintptr_t start = info->dlpi_addr + segment->p_vaddr;
    return segment->p_type == PT_LOAD && (segment->p_flags & PF_R) && address >= start && length <= segment->p_memsz &&
           address - start <= segment->p_memsz - length;
}

static bool image_contains(const struct dl_phdr_info *info, uintptr_t address, size_t length) {
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        if (segment_contains(info, &info->dlpi_phdr[i], address, length)) return true;
    }
    return false;
}

static void find_build_id(const struct dl_phdr_info *info, const ElfW(Phdr) *notes, struct ct_image_file *file) {
    const uint8_t *at = (const uint8_t *)(info->dlpi_addr + notes->p_vaddr);
    size_t left = notes->p_memsz;
    // The linker may have put the notes where they are not loaded.
    if (!image_contains(info, (uintptr_t)at, left)) return;
    while (left >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) header;
        memcpy(&header, at, sizeof header);
        size_t name = ((size_t)header.n_namesz + 3) & ~(size_t)3;
        size_t description = ((size_t)header.n_descsz + 3) & ~(size_t)3;
        if (left - sizeof header < name || left - sizeof header - name < description) return;
        if (header.n_type == NT_GNU_BUILD_ID && header.n_namesz == 4 && memcmp(at + sizeof header, "GNU", 4) == 0) {
            file->build_id = at + sizeof header + name;
            file->build_id_length = header.n_descsz;
            return;
        }
        at += sizeof header + name + description;
        left -= sizeof header + name + description;
    }
}

struct image_search {
    uintptr_t address;
    struct ct_image_file *file;
    char *path;
    size_t capacity;
    int result;
};

static int visit_for_file(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    struct image_search *search = context;
    if (!image_contains(info, search->address, 1)) return 0;
    struct ct_image_file *file = search->file;
    size_t length = info->dlpi_name ? strlen(info->dlpi_name) : 0;
    if (length >= search->capacity) {
        search->result = ENAMETOOLONG;
        return 1;
    }
    memset(file, 0, sizeof *file);
    file->bias = info->dlpi_addr;
    // The vDSO has a name without a directory, so an empty one is the main program's alone.
    file->is_main = length == 0;
    memcpy(search->path, info->dlpi_name ? info->dlpi_name : "", length);
    search->path[length] = 0;
    for (size_t i = 0; i < info->dlpi_phnum && !file->build_id; i++) {
        if (info->dlpi_phdr[i].p_type == PT_NOTE) find_build_id(info, &info->dlpi_phdr[i], file);
    }
    search->result = 0;
    return 1;
}

int ct_image_file_at(uintptr_t address, struct ct_image_file *file, char *path, size_t capacity) {
    struct image_search search = {address, file, path, capacity, ENOENT};
    dl_iterate_phdr(visit_for_file, &search);
    return search.result;
}

struct range_search {
    uintptr_t bias;
    uintptr_t address;
    size_t length;
};

static int visit_for_range(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    const struct range_search *search = context;
    return info->dlpi_addr == search->bias && image_contains(info, search->address, search->length);
}

int ct_image_contains(uintptr_t bias, uintptr_t address, size_t length) {
    struct range_search search = {bias, address, length};
    return dl_iterate_phdr(visit_for_range, &search);
}

int ct_mapped_file(uintptr_t address, uint64_t *device, uint64_t *inode) {
    FILE *maps = fopen("/proc/self/maps", "re");
    if (!maps) return errno;
    char *line = NULL;
    size_t capacity = 0;
    int result = ENOENT;
    while (getline(&line, &capacity, maps) >= 0) {
        unsigned long start, end, number;
        unsigned int major, minor;
        if (sscanf(line, "%lx-%lx %*s %*x %x:%x %lu", &start, &end, &major, &minor, &number) != 5) continue;
        if (address < start || address >= end) continue;
        *device = makedev(major, minor);
        *inode = number;
        if (number) result = 0;
        break;
    }
    free(line);
    fclose(maps);
    return result;
}

// MARK: - Sections

struct section_range {
    uintptr_t start;
    size_t length;
};

// The beginning of the runtime's `MetadataSections`, which only ever grows at its end.
struct metadata_sections {
    uintptr_t version;
    const void *base_address;
    void *unused[2];
    struct section_range protocols, conformances, type_metadata, typeref, reflstr, fieldmd;
};

// Weak, so that a program with an older runtime starts; references by dlsym fail when the runtime is linked statically.
extern void swift_enumerateAllMetadataSections(bool (*body)(const struct metadata_sections *, void *), void *)
    __attribute__((weak));

struct section_list {
    struct ct_field_section *sections;
    size_t capacity;
    size_t count;
};

static bool visit_sections(const struct metadata_sections *sections, void *context) {
    struct section_list *list = context;
    // Version 3 gave the structure its present beginning.
    if (sections->version < 3 || !sections->fieldmd.start || !sections->fieldmd.length) return true;
    if (list->count < list->capacity) {
        list->sections[list->count] = (struct ct_field_section){sections->fieldmd.start, sections->fieldmd.length};
    }
    list->count++;
    return true;
}

size_t ct_field_sections(struct ct_field_section *sections, size_t capacity) {
    struct section_list list = {sections, capacity, 0};
    if (swift_enumerateAllMetadataSections) swift_enumerateAllMetadataSections(visit_sections, &list);
    return list.count;
}
