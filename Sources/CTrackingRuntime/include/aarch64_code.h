#ifndef CTRACKING_AARCH64_CODE_H
#define CTRACKING_AARCH64_CODE_H

// Instructions of aarch64, written and told apart (Arm Architecture Reference Manual, C4.1). Of no processor's own, so that
// they are tested on any.

#include <stdint.h>

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// Words of the jump that reaches everywhere: two instructions and the address.
    CT_A64_FAR_JUMP_WORDS = 4,
};

/// The instruction `b` at `place` to `target`; 0, which is an undefined one, where that is out of its reach of 128 MiB or
/// no address of an instruction.
uint32_t ct_a64_branch(uint64_t place, uint64_t target);

/// Writes `ldr x16, .+8; br x16` and the address behind it. The register is the linker's, which no function expects to keep.
void ct_a64_write_far_jump(uint32_t *_Nonnull code, uint64_t target);

/// Whether an instruction does the same wherever it stands: it is no branch and takes no address from where it is.
int ct_a64_is_movable(uint32_t instruction);

/// Whether an instruction is `bti` for indirect calls, which must stay first where the system enforces them.
int ct_a64_is_landing_pad(uint32_t instruction);

/// Whether an instruction signs the return address: what follows it expects that, and our function does not.
int ct_a64_signs_return(uint32_t instruction);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
