#ifndef CTRACKING_TRACES_H
#define CTRACKING_TRACES_H

// The stacks on which tracked objects are made: taken inside of the host's allocation, and kept once each.

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// Different stacks that are kept; an id fits into what a dead object has for it.
    CT_TRACES = 1 << 14,
    /// Calls of all of them: 4 MiB.
    CT_TRACE_FRAMES = 1 << 19,
    /// Calls of one, unless it is set.
    CT_TRACE_DEPTH = 32,
    CT_TRACE_DEPTH_LIMIT = 128,
    /// The id of a stack for which there was no room.
    CT_TRACE_OTHER = UINT16_MAX,
};

/// Has stacks kept, and a tracked class with CT_TRACE take them, until `ct_traces_close` was called as often.
///
/// - Returns: 0 where there is no memory, or the process was forked.
int ct_traces_open(void);

/// Ends that. With the last one the stacks are forgotten and their memory is given back.
void ct_traces_close(void);

/// Sets how many calls a stack has at most, 1 to CT_TRACE_DEPTH_LIMIT; the innermost ones are kept.
void ct_set_trace_depth(size_t depth);

/// The id of the stack above a frame, which is kept if it is a new one.
///
/// Does not trust the chain of frames: it may be damaged, or lie on a stack that the host made.
///
/// - Parameter frame: Where a function keeps its caller's frame pointer, with its own return address above it, which
///   becomes the first call: `__builtin_frame_address(0)`.
/// - Returns: An id from 1; CT_TRACE_OTHER where there is no room; 0 where there is nothing to be read.
uint32_t ct_intern_trace(uintptr_t frame);

/// Copies the return addresses of a stack, innermost first.
///
/// - Returns: How many it has; 0 for an id that is not known.
size_t ct_trace_frames(uint32_t trace, uintptr_t *_Nullable frames, size_t capacity);

/// How many stacks are kept.
size_t ct_trace_count(void);

/// Objects whose stack could not be kept.
uint64_t ct_traces_missed(void);

/// Bytes of memory in use for stacks.
size_t ct_traces_bytes(void);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
