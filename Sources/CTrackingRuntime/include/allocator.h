#ifndef CTRACKING_ALLOCATOR_H
#define CTRACKING_ALLOCATOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(hidden)

/// Who serves malloc in this process.
typedef enum {
    CT_GLIBC = 1,
    CT_JEMALLOC,
    CT_MIMALLOC,
    CT_TCMALLOC,
    CT_SANITIZER,
    /// Those below end the process when they are asked for the size of a block that was freed.
    CT_SCUDO,
    CT_HARDENED_MALLOC,
    /// jemalloc, built with its checks.
    CT_CHECKED_JEMALLOC,
    /// tcmalloc's library for debugging.
    CT_CHECKED_TCMALLOC,
    /// malloc is of one library and malloc_usable_size of another one.
    CT_WITHOUT_SIZES,
    CT_UNKNOWN_ALLOCATOR,
} ct_allocator;

/// Who serves malloc; found out at the first call, which asks the loader.
ct_allocator ct_allocator_in_charge(void);

/// Copies the path of the object that malloc is in.
///
/// - Returns: 0 where it is not known.
int ct_allocator_path(char *_Nonnull path, size_t capacity);

/// Bytes in use in malloc's heap, blocks that are mappings of their own included; takes malloc's locks.
///
/// - Parameter is_glibc: Whether the blocks are known to be glibc's, whoever stands in front of it.
/// - Returns: 0 where the allocator does not tell.
int ct_heap_in_use(int is_glibc, size_t *_Nonnull bytes);

/// Has glibc map blocks from so many bytes on by themselves, for good: they go back to the kernel when they are freed.
/// Left to itself, malloc raises the limit with each such block that is freed.
void ct_map_blocks(size_t bytes);

/// Whether malloc would give so few bytes that it is no matter if all of them are written, as some allocators do.
int ct_can_allocate(size_t bytes);

/// Whether malloc gives a large block as addresses alone, with memory behind those only that are written.
///
/// Some allocators write what they give (MALLOC_PERTURB_, jemalloc's junk:true), and the kernel fills mappings of a process
/// that has locked its memory.
///
/// - Parameter is_glibc: Whether the blocks are known to be glibc's, whoever stands in front of it.
int ct_allocates_lazily(int is_glibc);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
