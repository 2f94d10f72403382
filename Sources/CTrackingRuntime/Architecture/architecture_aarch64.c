#define _GNU_SOURCE
#include "architecture_internal.h"

#if defined(__aarch64__)

#include "aarch64_code.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

// By definition, all cores share the counter of the generic timer.
int ct_has_steady_counter(void) { return 1; }

uintptr_t *ct_program_counter(ucontext_t *interrupted) { return (uintptr_t *)&interrupted->uc_mcontext.pc; }

void ct_clear_register(ucontext_t *interrupted, const char *name) {
    // x0 to x30.
    unsigned number = (unsigned)(name[1] - '0');
    if (name[2] != 0) {
        number = number * 10 + (unsigned)(name[2] - '0');
    }
    if (number < 31) {
        interrupted->uc_mcontext.regs[number] = 0;
    }
}

// MARK: Entries of functions

enum {
    INSTRUCTION = 4,
    LARGEST_PAGE = 1 << 16,
    /// The jump back must be a direct branch, too: an indirect branch may target a landing pad only.
    REACH = 120 << 20,
    STEP = 1 << 20,
};

/// Filled in and copied under the lock that protects all entries. Unused words stay 0, which is an undefined
/// instruction and traps.
static uint32_t code[LARGEST_PAGE / INSTRUCTION];

/// Maps the landing page: a jump to our function, followed by the entry's original instruction and the jump back.
static int map_landing(
    ct_entry *entry, uint8_t *page, size_t size, const void *replacement, ct_map_function *map) {
    uint32_t before;
    memcpy(&before, entry->before, sizeof before);
    const size_t way = CT_A64_FAR_JUMP_WORDS;
    ct_a64_write_far_jump(code, (uintptr_t)replacement);
    code[way] = before;
    code[way + 1] =
        ct_a64_branch((uintptr_t)page + (way + 1) * INSTRUCTION, (uintptr_t)entry->place + INSTRUCTION);
    uint32_t jump = ct_a64_branch((uintptr_t)entry->place, (uintptr_t)page);
    if (code[way + 1] == 0 || jump == 0) {
        return EINVAL;
    }
    int error = map(page, (const uint8_t *)code, size);
    if (error == 0) {
        memcpy(entry->after, &jump, sizeof jump);
        entry->original = page + way * INSTRUCTION;
    }
    return error;
}

// The first instruction becomes a branch: one store of an aligned word, which processors fetch as a whole (the manual
// guarantees it for some instructions only, B2.2.5; LLVM's XRay relies on it too). A core that still has the old
// instruction in its pipeline calls the original function, which does no harm.
ct_hook_result ct_prepare_entry(ct_entry *entry, uint8_t *function, const void *replacement, ct_map_function *map) {
    uintptr_t size = (uintptr_t)getpagesize();
    uint32_t first;
    memcpy(&first, function, sizeof first);
    if (ct_a64_is_landing_pad(first)) {
        function += INSTRUCTION;
        memcpy(&first, function, sizeof first);
    }
    if ((uintptr_t)function % INSTRUCTION != 0 || !ct_a64_is_movable(first) || ct_a64_signs_return(first)
        || size > LARGEST_PAGE) {
        return CT_HOOK_UNKNOWN_CODE;
    }
    *entry = (ct_entry){.place = function, .before_bytes = INSTRUCTION, .change_bytes = INSTRUCTION};
    memcpy(entry->before, function, INSTRUCTION);
    uintptr_t near = (uintptr_t)function / size * size;
    for (uintptr_t distance = STEP; distance < REACH; distance += STEP) {
        for (int is_below = 0; is_below < 2; is_below++) {
            uintptr_t page = is_below ? near - distance : near + distance;
            int error = map_landing(entry, (uint8_t *)page, size, replacement, map);
            if (error == 0) {
                return CT_HOOKED;
            }
            // The address is outside the process's address space, or in use: try the next one.
            if (error != EEXIST && error != ENOMEM && error != EINVAL) {
                return CT_HOOK_NO_CODE_MEMORY;
            }
        }
    }
    return CT_HOOK_PLACE_TAKEN;
}

#endif
