#define _GNU_SOURCE
#include "class_tracker_agent.h"
#include "descriptors.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/types.h>

// The runtime has no function that returns its version, and its binary interface on Linux is that of one version.
enum { MOST_SECTIONS = 256, MOST_BYTES = 4096 };

static int read_all(ct_descriptor file, void *bytes, size_t count, off_t offset) {
    return ct_descriptor_read_at(file, bytes, count, offset) == (ssize_t)count;
}

static int find_commit(const char *bytes, size_t count, char commit[41]) {
    static const char mark[] = "llvm-project.git ";
    const char *found = memmem(bytes, count, mark, sizeof mark - 1);
    if (found == NULL) {
        return 0;
    }
    found += sizeof mark - 1;
    if ((size_t)(bytes + count - found) < 40) {
        return 0;
    }
    for (size_t index = 0; index < 40; index++) {
        if (strchr("0123456789abcdef", found[index]) == NULL || found[index] == 0) {
            return 0;
        }
    }
    memcpy(commit, found, 40);
    commit[40] = 0;
    return 1;
}

static int read_comment(ct_descriptor file, char commit[41]) {
    Elf64_Ehdr header;
    Elf64_Shdr sections[MOST_SECTIONS];
    if (!read_all(file, &header, sizeof header, 0) || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0
        || header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_shentsize != sizeof *sections
        || header.e_shnum == 0 || header.e_shnum > MOST_SECTIONS || header.e_shstrndx >= header.e_shnum
        || !read_all(file, sections, header.e_shnum * sizeof *sections, (off_t)header.e_shoff)) {
        return 0;
    }
    const Elf64_Shdr *names = &sections[header.e_shstrndx];
    for (size_t index = 0; index < header.e_shnum; index++) {
        char name[sizeof ".comment"], bytes[MOST_BYTES];
        size_t count = sections[index].sh_size < sizeof bytes ? sections[index].sh_size : sizeof bytes;
        if (sections[index].sh_type == SHT_PROGBITS && sections[index].sh_name < names->sh_size
            && read_all(file, name, sizeof name, (off_t)(names->sh_offset + sections[index].sh_name))
            && memcmp(name, ".comment", sizeof name) == 0
            && read_all(file, bytes, count, (off_t)sections[index].sh_offset)) {
            return find_commit(bytes, count, commit);
        }
    }
    return 0;
}

int ct_agent_compiler(const char *path, char commit[41]) {
    ct_descriptor file;
    if (ct_descriptor_open(path, O_RDONLY, 0, CT_BRIEF, &file) != 0) {
        return 0;
    }
    int is_found = read_comment(file, commit);
    ct_descriptor_close(file);
    return is_found;
}
