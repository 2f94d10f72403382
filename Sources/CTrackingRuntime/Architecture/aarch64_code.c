#include "aarch64_code.h"

enum {
    BRANCH = 0x14000000,
    /// ldr x16, .+8
    LOAD_X16 = 0x58000050,
    /// br x16
    BRANCH_X16 = (int)0xD61F0200,
    BTI = (int)0xD503241F,
    PACIASP = (int)0xD503233F,
    PACIBSP = (int)0xD503237F,
};

uint32_t ct_a64_branch(uint64_t place, uint64_t target) {
    int64_t distance = (int64_t)(target - place);
    if (((place | target) & 3) != 0 || distance < -(INT64_C(1) << 27) || distance >= INT64_C(1) << 27) {
        return 0;
    }
    return BRANCH | ((uint32_t)((uint64_t)distance >> 2) & 0x03FFFFFF);
}

void ct_a64_write_far_jump(uint32_t *code, uint64_t target) {
    code[0] = LOAD_X16;
    code[1] = (uint32_t)BRANCH_X16;
    code[2] = (uint32_t)target;
    code[3] = (uint32_t)(target >> 32);
}

int ct_a64_is_movable(uint32_t instruction) {
    // Undefined encodings, adr and adrp, loads of literals, and all of the branch group except hints.
    int is_reserved = (instruction & 0x1E000000) == 0;
    int is_address = (instruction & 0x1F000000) == 0x10000000;
    int is_literal = (instruction & 0x3B000000) == 0x18000000;
    int is_branch_or_system = (instruction & 0x1C000000) == 0x14000000;
    int is_hint = (instruction & 0xFFFFF01F) == 0xD503201F;
    return !is_reserved && !is_address && !is_literal && (!is_branch_or_system || is_hint);
}

int ct_a64_is_landing_pad(uint32_t instruction) {
    // bti c and bti jc.
    return instruction == ((uint32_t)BTI | 0x40) || instruction == ((uint32_t)BTI | 0xC0);
}

int ct_a64_signs_return(uint32_t instruction) {
    return instruction == (uint32_t)PACIASP || instruction == (uint32_t)PACIBSP;
}
