#ifndef CTRACKING_ALLOCATOR_H
#define CTRACKING_ALLOCATOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(hidden)

/// The allocator that serves malloc in this process.
typedef enum {
    CT_GLIBC = 1,
    CT_JEMALLOC,
    CT_MIMALLOC,
    CT_TCMALLOC,
    CT_SANITIZER,
    /// The allocators below end the process when they are asked for the size of a freed block.
    CT_SCUDO,
    CT_HARDENED_MALLOC,
    /// jemalloc, built with its checks.
    CT_CHECKED_JEMALLOC,
    /// tcmalloc's debugging library.
    CT_CHECKED_TCMALLOC,
    /// malloc and malloc_usable_size come from different libraries.
    CT_WITHOUT_SIZES,
    CT_UNKNOWN_ALLOCATOR,
} ct_allocator;

/// Returns the allocator that serves malloc. The first call determines it by asking the loader.
ct_allocator ct_allocator_in_charge(void);

/// Copies the path of the loaded object that defines malloc.
///
/// - Returns: 0 if the path is not known.
int ct_allocator_path(char *_Nonnull path, size_t capacity);

/// Reads the number of bytes in use in malloc's heap, including blocks with a mapping of their own; takes malloc's
/// locks.
///
/// - Parameter is_glibc: Whether glibc is known to allocate the blocks, even if another library is called first.
/// - Returns: 0 if the allocator does not report it.
int ct_heap_in_use(int is_glibc, size_t *_Nonnull bytes);

/// Makes glibc map each block of at least `bytes` separately from now on, so that free returns it to the kernel. By
/// default, malloc raises this limit each time such a block is freed.
void ct_map_blocks(size_t bytes);

/// Indicates whether malloc could allocate `bytes`, few enough that it does no harm if the allocator writes all of
/// them.
int ct_can_allocate(size_t bytes);

/// Indicates whether malloc reserves only addresses for a large block, so that pages use memory only after a write.
///
/// Some allocators write to each block that they allocate (MALLOC_PERTURB_, jemalloc's junk:true), and the kernel
/// populates the mappings of a process that has locked its memory.
///
/// - Parameter is_glibc: Whether glibc is known to allocate the blocks, even if another library is called first.
int ct_allocates_lazily(int is_glibc);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
