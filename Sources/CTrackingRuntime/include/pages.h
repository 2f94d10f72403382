#ifndef CTRACKING_PAGES_H
#define CTRACKING_PAGES_H

// Pages from the kernel. The tracker's tables do not come from malloc: that is the heap it measures, and the host may
// have replaced malloc by an allocator that creates tracked objects itself.

#include <stddef.h>

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

/// Reserves addresses of which only a part will ever be written. A page uses no memory until it is written, even in a
/// process that has locked all its mappings (mlockall).
///
/// - Parameter is_shared: Whether a copy of the process (process_copy.h) writes to the same pages.
/// - Returns: Null if the kernel refuses.
void *_Nullable ct_reserve(size_t bytes, int is_shared);

/// Unmaps memory from `ct_reserve`; does nothing for null.
void ct_unmap(void *_Nullable memory, size_t bytes);

/// Indicates whether the kernel would map `bytes`: maps and unmaps addresses without memory.
int ct_can_map(size_t bytes);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
