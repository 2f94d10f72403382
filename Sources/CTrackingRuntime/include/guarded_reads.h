#ifndef CTRACKING_GUARDED_READS_H
#define CTRACKING_GUARDED_READS_H

// Reads of memory that another thread may change or unmap at the same time: the only place where the sizer reads the
// host's heap. Written in assembler for three reasons: a read that faults must be resumed, the compiler must not split,
// widen or repeat it, and the sanitizers must not instrument a race that is intended.

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

// Each read adds an entry to a section: the address that may fault, the address at which to resume, and the name of the
// destination register, which the handler clears. A read that faults yields 0, which no caller takes for a pointer; any
// other read costs a single instruction.
#define CT_GUARDED_ENTRY(destination) \
    ".pushsection ct_guarded, \"aR\", @progbits\n" \
    ".balign 16\n.long 1b - ., 2b - .\n.asciz \"" destination "\"\n.balign 16\n" \
    ".popsection"
#if defined(__x86_64__)
#define CT_GUARDED_LOAD(instruction, width) \
    "1: " instruction " %1, %" width "0\n2:\n" CT_GUARDED_ENTRY("%q0")
#define CT_GUARDED_PLACE "m"
#elif defined(__aarch64__)
#define CT_GUARDED_LOAD(instruction, width) \
    "1: " instruction " %" width "0, %1\n2:\n" CT_GUARDED_ENTRY("%x0")
#define CT_GUARDED_PLACE "Q"
#else
#error "Guarded reads are written for x86_64 and aarch64."
#endif

/// Returns the word at `address`, or 0 if no memory can be read there.
///
/// Call only between `ct_guard_enter` and `ct_guard_leave`.
static inline uint64_t ct_read64(uintptr_t address) {
    uint64_t value;
#if defined(__x86_64__)
    __asm__(CT_GUARDED_LOAD("movq", "q") : "=r"(value) : CT_GUARDED_PLACE(*(const uint64_t *)address));
#else
    __asm__(CT_GUARDED_LOAD("ldr", "x") : "=r"(value) : CT_GUARDED_PLACE(*(const uint64_t *)address));
#endif
    return value;
}

/// Returns the 32 bits at `address`, or 0 if no memory can be read there.
static inline uint32_t ct_read32(uintptr_t address) {
    uint32_t value;
#if defined(__x86_64__)
    __asm__(CT_GUARDED_LOAD("movl", "k") : "=r"(value) : CT_GUARDED_PLACE(*(const uint32_t *)address));
#else
    __asm__(CT_GUARDED_LOAD("ldr", "w") : "=r"(value) : CT_GUARDED_PLACE(*(const uint32_t *)address));
#endif
    return value;
}

/// Returns the byte at `address`, or 0 if no memory can be read there.
static inline uint8_t ct_read8(uintptr_t address) {
    uint32_t value;
#if defined(__x86_64__)
    __asm__(CT_GUARDED_LOAD("movzbl", "k") : "=r"(value) : CT_GUARDED_PLACE(*(const uint8_t *)address));
#else
    __asm__(CT_GUARDED_LOAD("ldrb", "w") : "=r"(value) : CT_GUARDED_PLACE(*(const uint8_t *)address));
#endif
    return (uint8_t)value;
}

/// Returns 1 if memory can be read at `address`, else 0.
static inline int ct_can_read(uintptr_t address) {
    uint32_t value;
#if defined(__x86_64__)
    __asm__("movl $1, %k0\n1: testb $0, %1\n2:\n" CT_GUARDED_ENTRY("%q0")
            : "=&r"(value) : CT_GUARDED_PLACE(*(const uint8_t *)address) : "cc");
#else
    __asm__("mov %w0, #1\n1: ldrb wzr, %1\n2:\n" CT_GUARDED_ENTRY("%x0")
            : "=&r"(value) : CT_GUARDED_PLACE(*(const uint8_t *)address));
#endif
    return (int)value;
}

#undef CT_GUARDED_ENTRY
#undef CT_GUARDED_LOAD
#undef CT_GUARDED_PLACE

/// Copies `bytes` from `address`, with zeroes for unreadable memory.
static inline void ct_read_bytes(void *_Nonnull to, uintptr_t address, size_t bytes) {
    size_t done = 0;
    for (; done + 8 <= bytes; done += 8) {
        uint64_t word = ct_read64(address + done);
        __builtin_memcpy((char *)to + done, &word, 8);
    }
    for (; done < bytes; done++) ((uint8_t *)to)[done] = ct_read8(address + done);
}

/// Prefetches the cache line at `address`, whether or not there is memory.
static inline void ct_prefetch(uintptr_t address) { __builtin_prefetch((const void *)address); }

/// The state of the calling thread that `ct_guard_enter` changed.
typedef struct {
    /// The signals that were blocked before: SIGSEGV (1) and SIGBUS (2).
    int blocked;
} ct_guard;

/// Makes guarded reads safe on the calling thread.
///
/// Installs handlers of SIGSEGV and SIGBUS in front of the host's current handlers, and passes on each fault that is
/// not of a guarded read. The handlers stay installed: removing them could remove a handler that the host installs at
/// the same time.
///
/// - Returns: 0, or an errno: ENOSPC if the host has had more different handlers than can be followed.
int ct_guard_enter(ct_guard *_Nonnull guard);

/// Checks again whether faults reach our handlers first, because the host may have installed others since. Costs half a
/// microsecond if it has not.
///
/// Call every hundred microseconds within a guard: until then a handler of the host receives our faults.
///
/// - Returns: 0, or an errno as from `ct_guard_enter`, after which nothing may be read any more.
int ct_guard_renew(void);

/// Restores the signal mask of the calling thread.
void ct_guard_leave(const ct_guard *_Nonnull guard);

/// Returns the number of guarded reads that have faulted in this process.
uint64_t ct_guard_faults(void);

/// Calls `malloc_usable_size` of an allocator other than glibc's, which may fault on a block that was freed meanwhile.
///
/// - Returns: The bytes, or 0 if the allocator does not know the block or faulted.
size_t ct_guarded_usable_size(uintptr_t block);

/// Returns the number of bytes from `address` to the end of the calling thread's stack, on which the compiler may
/// allocate objects whose lifetime it knows; 0 for an address elsewhere.
size_t ct_stack_room(uintptr_t address);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
