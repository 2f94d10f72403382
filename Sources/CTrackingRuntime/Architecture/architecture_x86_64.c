#define _GNU_SOURCE
#include "architecture_internal.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

int ct_has_steady_counter(void) {
    // "Invariant TSC": one rate in all power states, and synchronous on all cores (CPUID 8000_0007, EDX bit 8).
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d >> 8 & 1);
}

uintptr_t *ct_program_counter(ucontext_t *interrupted) {
    return (uintptr_t *)&interrupted->uc_mcontext.gregs[REG_RIP];
}

void ct_clear_register(ucontext_t *interrupted, const char *name) {
    static const struct {
        char name[6];
        int index;
    } registers[] = {
        {"%rax", REG_RAX}, {"%rbx", REG_RBX}, {"%rcx", REG_RCX}, {"%rdx", REG_RDX}, {"%rsi", REG_RSI},
        {"%rdi", REG_RDI}, {"%rbp", REG_RBP}, {"%r8", REG_R8},   {"%r9", REG_R9},   {"%r10", REG_R10},
        {"%r11", REG_R11}, {"%r12", REG_R12}, {"%r13", REG_R13}, {"%r14", REG_R14}, {"%r15", REG_R15},
    };
    // Not strcmp: this runs in a signal handler.
    for (size_t index = 0; index < sizeof registers / sizeof *registers; index++) {
        const char *known = registers[index].name;
        size_t at = 0;
        while (known[at] != 0 && known[at] == name[at]) {
            at++;
        }
        if (known[at] == name[at]) {
            interrupted->uc_mcontext.gregs[registers[index].index] = 0;
        }
    }
}

// MARK: Entries of functions

enum {
    PUSH_FRAME_POINTER = 0x55,
    JUMP = 0xE9,
    JUMP_BYTES = 5,
    /// jmp *0(%rip), followed by the address.
    FAR_JUMP_BYTES = 14,
};

/// Writes a jump to be executed at `place`: the short form, which is faster, if the target is within its range.
static uint8_t *write_jump(uint8_t *code, uintptr_t place, const void *target) {
    static const uint8_t far[] = {0xFF, 0x25, 0, 0, 0, 0};
    intptr_t distance = (intptr_t)((uintptr_t)target - (place + JUMP_BYTES));
    if (distance == (int32_t)distance) {
        int32_t short_distance = (int32_t)distance;
        *code = JUMP;
        memcpy(code + 1, &short_distance, sizeof short_distance);
        return code + JUMP_BYTES;
    }
    memcpy(code, far, sizeof far);
    memcpy(code + sizeof far, &target, sizeof target);
    return code + FAR_JUMP_BYTES;
}

enum {
    LARGEST_PAGE = 4096,
    TRAP = 0xCC,
};

/// Filled in and copied under the lock that protects all entries. Static, because a thread of the host may have a small
/// stack.
static uint8_t code[2 * LARGEST_PAGE];

/// Maps a jump from `landing` to `target`.
static int map_jump(uintptr_t landing, size_t size, const void *target, ct_map_function *map) {
    uintptr_t page = landing / size * size;
    memset(code, TRAP, sizeof code);
    (void)write_jump(code + (landing - page), landing, target);
    return map((uint8_t *)page, code, landing - page + FAR_JUMP_BYTES > size ? 2 * size : size);
}

/// Returns the address to which the changed entry jumps after a debugger has replaced byte `index` of the distance by a
/// trap.
static uintptr_t landing_with_trap(const uint8_t *function, size_t index) {
    int32_t distance;
    uint8_t bytes[sizeof distance];
    memcpy(bytes, function + 1, sizeof bytes);
    bytes[index] = TRAP;
    memcpy(&distance, bytes, sizeof distance);
    return (uintptr_t)function + JUMP_BYTES + (uintptr_t)(intptr_t)distance;
}

/// Indicates whether an instruction may begin at byte `index` of the bytes that become the distance.
static int may_begin(const uint8_t *function, size_t index) {
    static const uint8_t move_stack_pointer[] = {0x48, 0x89, 0xE5};
    return memcmp(function + 1, move_stack_pointer, sizeof move_stack_pointer) != 0 || index == 0
        || index == sizeof move_stack_pointer;
}

// The first byte, `push %rbp`, becomes the opcode of a jump whose distance is the four bytes that follow it, which stay
// unchanged. So the change is one byte, and a thread that was interrupted after the first instruction resumes
// correctly. At the jump's target, 0.6 to 1.3 GiB higher, a page is mapped: a jump to our function, followed by the
// jump back.
//
// A debugger or a kernel probe (uprobe) may replace the first byte of one of the next instructions by a trap, which
// changes the distance. The changed target holds a jump to the same landing page; the jump back then meets the trap as
// intended.
ct_hook_result ct_prepare_entry(ct_entry *entry, uint8_t *function, const void *replacement, ct_map_function *map) {
    enum { WAY_BYTES = 2 * FAR_JUMP_BYTES + 1 };
    int32_t distance;
    uintptr_t size = (uintptr_t)getpagesize();
    memcpy(&distance, function + 1, sizeof distance);
    if (*function != PUSH_FRAME_POINTER || distance <= 0 || size > LARGEST_PAGE) {
        return CT_HOOK_UNKNOWN_CODE;
    }
    *entry = (ct_entry){.place = function, .before_bytes = JUMP_BYTES, .change_bytes = 1};
    memcpy(entry->before, function, JUMP_BYTES);
    memcpy(entry->after, function, JUMP_BYTES);
    entry->after[0] = JUMP;
    uintptr_t landing = (uintptr_t)function + JUMP_BYTES + (uintptr_t)(intptr_t)distance, page = landing / size * size;
    size_t bytes = landing - page + WAY_BYTES > size ? 2 * size : size;
    // Unused bytes are traps.
    memset(code, TRAP, sizeof code);
    uint8_t *way = write_jump(code + (landing - page), landing, replacement);
    size_t original = (size_t)(way - code);
    *way++ = PUSH_FRAME_POINTER;
    (void)write_jump(way, page + original + 1, function + 1);
    int is_mapped[sizeof distance] = {0};
    for (size_t index = 0; index < sizeof distance; index++) {
        uintptr_t other = landing_with_trap(function, index);
        // The lowest byte changes the target by less than a page, so it mostly lies within the same page.
        int is_near = other >= page && other + FAR_JUMP_BYTES <= page + 2 * size
            && (other + FAR_JUMP_BYTES <= landing || other >= landing + WAY_BYTES);
        if (is_near && may_begin(function, index)) {
            (void)write_jump(code + (other - page), other, (const void *)landing);
            bytes = other - page + FAR_JUMP_BYTES > size ? 2 * size : bytes;
            is_mapped[index] = 1;
        }
    }
    int error = map((uint8_t *)page, code, bytes);
    if (error != 0) {
        // ENOMEM and EINVAL: the address is outside the process's address space.
        return error == EEXIST || error == ENOMEM || error == EINVAL ? CT_HOOK_PLACE_TAKEN : CT_HOOK_NO_CODE_MEMORY;
    }
    for (size_t index = 0; index < sizeof distance; index++) {
        if (!is_mapped[index] && may_begin(function, index)) {
            // If the address is in use, only a later trap would jump there: the entry is still redirected without this
            // page.
            (void)map_jump(landing_with_trap(function, index), size, (const void *)landing, map);
        }
    }
    entry->original = (void *)(page + original);
    return CT_HOOKED;
}

#endif
