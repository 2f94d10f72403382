#ifndef CTRACKING_PAGES_H
#define CTRACKING_PAGES_H

// Pages from the kernel. The tracker's tables do not come from malloc: that is the heap it measures, and the host may have
// replaced malloc by one that allocates tracked objects itself.

#include <stddef.h>

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

/// Maps addresses of which only a part will ever be written: none has memory before that, even in a process that has locked
/// all that it maps (mlockall).
///
/// - Parameter is_shared: Whether a copy of the process (process_copy.h) writes to the same pages.
/// - Returns: Null where the kernel gives none.
void *_Nullable ct_reserve(size_t bytes, int is_shared);

/// Unmaps what `ct_reserve` has given; does nothing for null.
void ct_unmap(void *_Nullable memory, size_t bytes);

/// Whether the kernel would give so many bytes: addresses are mapped and given back, without memory behind them.
int ct_can_map(size_t bytes);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
