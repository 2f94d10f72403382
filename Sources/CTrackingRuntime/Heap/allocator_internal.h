#ifndef CT_ALLOCATOR_INTERNAL_H
#define CT_ALLOCATOR_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/// The size of a block by the allocator's own word, or 0 where it does not know it; may fault.
size_t ct_ask_allocator(uintptr_t block);

#pragma GCC visibility pop

#endif
