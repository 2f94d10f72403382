#define _GNU_SOURCE
#include "images_internal.h"

#include "../Architecture/architecture_internal.h"

#include <string.h>
#include <sys/auxv.h>

// The tables that this file reads are mapped from files, and the loader has used most of them already; nevertheless,
// nothing is followed that leads out of the object's own segments.

/// Returns the address of a table: most loaders have added the load bias to `pointer`, but not for the vDSO, nor on
/// every architecture.
static uintptr_t table(const struct dl_phdr_info *image, uintptr_t pointer, size_t bytes) {
    if (pointer == 0 || bytes == 0) {
        return 0;
    }
    if (ct_image_has(image, pointer, bytes, PF_R)) {
        return pointer;
    }
    return ct_image_has(image, image->dlpi_addr + pointer, bytes, PF_R) ? image->dlpi_addr + pointer : 0;
}

typedef struct {
    uintptr_t symbols, strings, relocations, jumps;
    size_t symbol_size, symbol_count, string_bytes, relocation_bytes, jump_bytes;
} tables;

static int find_tables(const struct dl_phdr_info *image, tables *found) {
    const ElfW(Dyn) *entry = NULL;
    size_t count = 0;
    for (int index = 0; index < image->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &image->dlpi_phdr[index];
        if (header->p_type == PT_DYNAMIC
            && ct_image_has(image, image->dlpi_addr + header->p_vaddr, header->p_memsz, PF_R)) {
            entry = (const ElfW(Dyn) *)(image->dlpi_addr + header->p_vaddr);
            count = header->p_memsz / sizeof *entry;
        }
    }
    tables raw = {0};
    uintptr_t jump_kind = DT_RELA, relocation_size = sizeof(ElfW(Rela));
    for (; count > 0 && entry->d_tag != DT_NULL; count--, entry++) {
        switch (entry->d_tag) {
        case DT_SYMTAB: raw.symbols = entry->d_un.d_ptr; break;
        case DT_SYMENT: raw.symbol_size = entry->d_un.d_val; break;
        case DT_STRTAB: raw.strings = entry->d_un.d_ptr; break;
        case DT_STRSZ: raw.string_bytes = entry->d_un.d_val; break;
        case DT_RELA: raw.relocations = entry->d_un.d_ptr; break;
        case DT_RELASZ: raw.relocation_bytes = entry->d_un.d_val; break;
        case DT_RELAENT: relocation_size = entry->d_un.d_val; break;
        case DT_JMPREL: raw.jumps = entry->d_un.d_ptr; break;
        case DT_PLTRELSZ: raw.jump_bytes = entry->d_un.d_val; break;
        case DT_PLTREL: jump_kind = entry->d_un.d_val; break;
        default: break;
        }
    }
    *found = raw;
    found->symbols = table(image, raw.symbols, sizeof(ElfW(Sym)));
    found->strings = table(image, raw.strings, raw.string_bytes);
    found->relocations = table(image, raw.relocations, raw.relocation_bytes);
    found->jumps = table(image, raw.jumps, raw.jump_bytes);
    // The number of symbols is not stored: assume as many as fit into the segment.
    found->symbol_count = ct_bytes_to_segment_end(image, found->symbols, PF_R) / sizeof(ElfW(Sym));
    // A final null byte terminates every string in the table.
    int is_ended = found->strings != 0 && ((const char *)found->strings)[raw.string_bytes - 1] == 0;
    return found->symbols != 0 && is_ended && raw.symbol_size == sizeof(ElfW(Sym))
        && jump_kind == DT_RELA && relocation_size == sizeof(ElfW(Rela));
}

/// Returns the name of a symbol, or null if it is not within the tables.
static const char *name_of(const tables *tables, size_t symbol) {
    if (symbol == 0 || symbol >= tables->symbol_count) {
        return NULL;
    }
    size_t offset = ((const ElfW(Sym) *)tables->symbols)[symbol].st_name;
    return offset < tables->string_bytes ? (const char *)tables->strings + offset : NULL;
}

void ct_for_each_slot(
    const struct dl_phdr_info *image, void (*body)(uintptr_t slot, const char *name, void *context), void *context) {
    tables tables;
    // The vDSO imports nothing.
    if (image->dlpi_addr == getauxval(AT_SYSINFO_EHDR) && image->dlpi_addr != 0) {
        return;
    }
    if (!find_tables(image, &tables)) {
        return;
    }
    // Words in which an object stores a function's address as data (R_X86_64_64) are not changed: the object may copy
    // and compare them.
    const uintptr_t starts[] = {tables.relocations, tables.jumps};
    const size_t bytes[] = {tables.relocation_bytes, tables.jump_bytes};
    for (size_t which = 0; which < 2; which++) {
        const ElfW(Rela) *relocation = (const ElfW(Rela) *)starts[which];
        size_t count = relocation == NULL ? 0 : bytes[which] / sizeof *relocation;
        for (; count > 0; count--, relocation++) {
            unsigned kind = ELF64_R_TYPE(relocation->r_info);
            uintptr_t slot = image->dlpi_addr + relocation->r_offset;
            if ((kind != CT_JUMP_SLOT && kind != CT_DATA_SLOT) || slot % sizeof(uintptr_t) != 0) {
                continue;
            }
            const char *name = name_of(&tables, ELF64_R_SYM(relocation->r_info));
            if (name != NULL) {
                body(slot, name, context);
            }
        }
    }
}
