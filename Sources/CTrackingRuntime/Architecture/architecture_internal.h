#ifndef CT_ARCHITECTURE_INTERNAL_H
#define CT_ARCHITECTURE_INTERNAL_H

// All that differs between processors, but for the guarded reads (include/guarded_reads.h), which are inlined, and the bits of
// a reference (HeapSizing/Runtime/Words.swift). What is not one instruction is in architecture_x86_64.c and
// architecture_aarch64.c.

#include "runtime_hooks.h"

#include <elf.h>
#include <stdint.h>
#include <ucontext.h>

#pragma GCC visibility push(hidden)

// MARK: Import slots

/// The relocations by which the loader fills in a slot of the procedure linkage table, and one of the global offset table.
#if defined(__x86_64__)
enum { CT_JUMP_SLOT = R_X86_64_JUMP_SLOT, CT_DATA_SLOT = R_X86_64_GLOB_DAT };
#elif defined(__aarch64__)
enum { CT_JUMP_SLOT = R_AARCH64_JUMP_SLOT, CT_DATA_SLOT = R_AARCH64_GLOB_DAT };
#else
#error "Written for x86_64 and aarch64."
#endif

// MARK: Waiting and time

/// Tells the processor that this is a loop that waits for another one.
static inline void ct_relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    __asm__ volatile("yield");
#endif
}

/// A counter of one rate that all cores share, where ``ct_has_steady_counter``.
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

/// The frame pointer in a word of the stack, without the mark of an asynchronous frame (bit 60).
static inline uintptr_t ct_frame_in(uintptr_t word) {
#if defined(__x86_64__)
    // A function that uses the register for something else leaves any number in it.
    return word & ~(UINT64_C(1) << 60);
#else
    // Nor with a signature.
    return word & ((UINT64_C(1) << 48) - 1);
#endif
}

/// Where an interrupted thread goes on.
uintptr_t *ct_program_counter(ucontext_t *interrupted);

/// Clears the register of an interrupted thread that has this name in assembler.
void ct_clear_register(ucontext_t *interrupted, const char *name);

// MARK: Entries of functions

/// A function's entry that is or was redirected.
typedef struct {
    /// What is changed, what was there and what takes its place: `change_bytes` of it, in one store.
    uint8_t *place;
    uint8_t before[8], after[8];
    /// So much of `before` has to be there still, for the change to mean what it did.
    size_t before_bytes, change_bytes;
    /// The way to the function as it is without us; null while there is no landing place.
    void *original;
    int is_redirected;
} ct_entry;

/// Maps code at an address, whole pages of it, as `ct_map_code` does.
typedef int ct_map_function(uint8_t *address, const uint8_t *code, size_t bytes);

/// Fills in how a function is redirected, and has the landing place mapped that the changed entry leads to.
ct_hook_result ct_prepare_entry(ct_entry *entry, uint8_t *function, const void *replacement, ct_map_function *map);

#pragma GCC visibility pop

#endif
