#ifndef CTRACKING_AARCH64_CODE_H
#define CTRACKING_AARCH64_CODE_H

// Encodes and classifies aarch64 instructions (Arm Architecture Reference Manual, C4.1). Compiled for every processor,
// so that the tests run on any.

#include <stdint.h>

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// The number of words of a jump with unlimited range: two instructions and the address.
    CT_A64_FAR_JUMP_WORDS = 4,
};

/// Returns the instruction `b` at `place` to `target`; or 0, which is an undefined instruction, if the target is out of
/// its range of 128 MiB or not aligned.
uint32_t ct_a64_branch(uint64_t place, uint64_t target);

/// Writes `ldr x16, .+8; br x16`, followed by the address. The linker owns the register, so no function expects it to
/// be kept.
void ct_a64_write_far_jump(uint32_t *_Nonnull code, uint64_t target);

/// Indicates whether an instruction works at any address: it is no branch and uses no address relative to its own.
int ct_a64_is_movable(uint32_t instruction);

/// Indicates whether an instruction is `bti` for indirect calls, which must stay first where the system enforces it.
int ct_a64_is_landing_pad(uint32_t instruction);

/// Indicates whether an instruction signs the return address: the code that follows expects that, and our function does
/// not.
int ct_a64_signs_return(uint32_t instruction);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
