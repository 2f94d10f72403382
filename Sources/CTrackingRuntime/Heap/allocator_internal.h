#ifndef CT_ALLOCATOR_INTERNAL_H
#define CT_ALLOCATOR_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/// Returns the size that the allocator reports for a block, or 0 if it does not know the block; may fault.
size_t ct_ask_allocator(uintptr_t block);

#pragma GCC visibility pop

#endif
