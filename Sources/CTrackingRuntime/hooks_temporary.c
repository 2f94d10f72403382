#define _GNU_SOURCE
#include <elf.h>
#include <link.h>
#include <string.h>
#include <stdint.h>
#include <sys/mman.h>
#include "tracked_objects.h"
extern void *swift_allocObject(const void *, size_t, size_t);
extern void swift_deallocPartialClassInstance(void *, const void *, size_t, size_t);
static struct { uintptr_t *slot, before; } slots[4096]; static size_t slot_count;
static void set(uintptr_t *slot, uintptr_t value) {
    uintptr_t page = (uintptr_t)slot & ~4095ul;
    mprotect((void *)page, 4096, PROT_READ | PROT_WRITE);
    *(volatile uintptr_t *)slot = value;
}
static int patch(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size; (void)context;
    const ElfW(Dyn) *dynamic = NULL;
    for (int i = 0; i < info->dlpi_phnum; i++) if (info->dlpi_phdr[i].p_type == PT_DYNAMIC) dynamic = (void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    if (!dynamic || strstr(info->dlpi_name, "vdso")) return 0;
    const ElfW(Sym) *symbols = NULL; const char *strings = NULL; const ElfW(Rela) *tables[2] = {0}; size_t sizes[2] = {0};
    for (; dynamic->d_tag != DT_NULL; dynamic++) switch (dynamic->d_tag) {
        case DT_SYMTAB: symbols = (void *)dynamic->d_un.d_ptr; break;
        case DT_STRTAB: strings = (void *)dynamic->d_un.d_ptr; break;
        case DT_RELA: tables[0] = (void *)dynamic->d_un.d_ptr; break;
        case DT_RELASZ: sizes[0] = dynamic->d_un.d_val; break;
        case DT_JMPREL: tables[1] = (void *)dynamic->d_un.d_ptr; break;
        case DT_PLTRELSZ: sizes[1] = dynamic->d_un.d_val; break;
    }
    if (!symbols || !strings || (uintptr_t)strings < 0x10000) return 0;
    for (int t = 0; t < 2; t++) for (size_t r = 0; r < sizes[t] / sizeof(ElfW(Rela)); r++) {
        const ElfW(Rela) *relocation = &tables[t][r];
        uint32_t symbol = ELF64_R_SYM(relocation->r_info), type = ELF64_R_TYPE(relocation->r_info);
        if (!symbol || (type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT)) continue;
        const char *name = strings + symbols[symbol].st_name;
        void *to = !strcmp(name, "swift_allocObject") ? (void *)ct_allocate_object : !strcmp(name, "swift_deallocPartialClassInstance") ? (void *)ct_deallocate_partial_instance : NULL;
        if (!to || slot_count == 4096) continue;
        uintptr_t *slot = (void *)(info->dlpi_addr + relocation->r_offset);
        slots[slot_count].slot = slot; slots[slot_count++].before = *slot;
        set(slot, (uintptr_t)to);
    }
    return 0;
}
#include <dlfcn.h>
void ct_temporary_install(void) { slot_count = 0;
    ct_set_originals(dlsym(RTLD_DEFAULT, "swift_allocObject"), dlsym(RTLD_DEFAULT, "swift_deallocPartialClassInstance")); dl_iterate_phdr(patch, NULL); }
void ct_temporary_remove(void) { for (size_t i = 0; i < slot_count; i++) set(slots[i].slot, slots[i].before); slot_count = 0; }
