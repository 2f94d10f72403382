#ifndef CT_ARCHITECTURE_INTERNAL_H
#define CT_ARCHITECTURE_INTERNAL_H

// Everything that differs between processors, except the guarded reads (include/guarded_reads.h), which are inlined,
// and the bits of a reference (HeapSizing/Runtime/Words.swift). Functions longer than one instruction are in
// architecture_x86_64.c and architecture_aarch64.c.

#include "runtime_hooks.h"

#include <elf.h>
#include <stdint.h>
#include <ucontext.h>

#pragma GCC visibility push(hidden)

// MARK: Import slots

/// The relocations by which the loader fills in a slot of the procedure linkage table and of the global offset table.
#if defined(__x86_64__)
enum { CT_JUMP_SLOT = R_X86_64_JUMP_SLOT, CT_DATA_SLOT = R_X86_64_GLOB_DAT };
#elif defined(__aarch64__)
enum { CT_JUMP_SLOT = R_AARCH64_JUMP_SLOT, CT_DATA_SLOT = R_AARCH64_GLOB_DAT };
#else
#error "Written for x86_64 and aarch64."
#endif

// MARK: Waiting and time

/// Tells the processor that the calling loop waits for another thread.
static inline void ct_relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    __asm__ volatile("yield");
#endif
}

/// Returns a counter that runs at one rate on all cores, if ``ct_has_steady_counter`` returns 1.
static inline uint64_t ct_counter(void) {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#endif
}

int ct_has_steady_counter(void);

// MARK: Threads

/// Returns the frame pointer stored in a word of the stack, without the flag of an asynchronous frame (bit 60).
static inline uintptr_t ct_frame_in(uintptr_t word) {
#if defined(__x86_64__)
    // The value is arbitrary in a function that uses the register for something else.
    return word & ~(UINT64_C(1) << 60);
#else
    // Also removes the pointer authentication signature.
    return word & ((UINT64_C(1) << 48) - 1);
#endif
}

/// Returns the place of the program counter at which an interrupted thread resumes.
uintptr_t *ct_program_counter(ucontext_t *interrupted);

/// Clears a register of an interrupted thread.
///
/// - Parameter name: The register's name in assembler.
void ct_clear_register(ucontext_t *interrupted, const char *name);

// MARK: Entries of functions

/// The entry of a function that is or was redirected.
typedef struct {
    /// The address of the change, the bytes before it and the bytes after it; `change_bytes` of them change in one
    /// store.
    uint8_t *place;
    uint8_t before[8], after[8];
    /// The number of bytes of `before` that must still be present for the change to be correct, and the number that
    /// change.
    size_t before_bytes, change_bytes;
    /// The address that runs the original function; null while no landing page is mapped.
    void *original;
    int is_redirected;
} ct_entry;

/// Maps whole pages of code at an address, as `ct_map_code` does.
typedef int ct_map_function(uint8_t *address, const uint8_t *code, size_t bytes);

/// Fills in `entry` with the redirection of a function, and maps the landing page to which the changed entry jumps.
ct_hook_result ct_prepare_entry(ct_entry *entry, uint8_t *function, const void *replacement, ct_map_function *map);

#pragma GCC visibility pop

#endif
