#define _GNU_SOURCE
#include "images.h"

#include "owned_descriptor.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

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
    // The linker may have placed the notes in a part that is not loaded.
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
    // The vDSO has a name without a directory, so only the main program's name is empty.
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

struct mapping_search {
    uintptr_t address;
    uint64_t *device, *inode;
    int result;
};

/// Parses the beginning of a line, and returns whether it describes the wanted mapping.
static bool read_mapping(const char *line, struct mapping_search *search) {
    unsigned long start, end, number;
    unsigned int major, minor;
    if (sscanf(line, "%lx-%lx %*s %*x %x:%x %lu", &start, &end, &major, &minor, &number) != 5) return false;
    if (search->address < start || search->address >= end) return false;
    *search->device = makedev(major, minor);
    *search->inode = number;
    if (number) search->result = 0;
    return true;
}

int ct_mapped_file(uintptr_t address, uint64_t *device, uint64_t *inode) {
    struct mapping_search search = {address, device, inode, ENOENT};
    ct_descriptor file;
    int failure = ct_descriptor_open_proc("maps", O_RDONLY, CT_BRIEF, &file);
    if (failure) return failure;
    // All needed fields precede the path, which may have any length.
    char buffer[4096], line[128];
    size_t length = 0;
    bool found = false;
    int64_t count;
    while (!found && ((count = ct_descriptor_read(file, buffer, sizeof buffer)) > 0 || (count < 0 && errno == EINTR))) {
        for (int64_t at = 0; at < count && !found; at++) {
            if (buffer[at] != '\n') {
                if (length < sizeof line - 1) line[length++] = buffer[at];
                continue;
            }
            line[length] = 0;
            length = 0;
            found = read_mapping(line, &search);
        }
    }
    ct_descriptor_close(file);
    return search.result;
}
