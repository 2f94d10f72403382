#ifndef CTRACKING_TRACES_H
#define CTRACKING_TRACES_H

// Records the stacks that create tracked objects, inside the host's allocation, and stores each stack once.

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// The number of different stacks that can be stored; an id fits into the field of a dead object.
    CT_TRACES = 1 << 14,
    /// The number of calls of all stacks: 4 MiB.
    CT_TRACE_FRAMES = 1 << 19,
    /// The default number of calls of one stack.
    CT_TRACE_DEPTH = 32,
    CT_TRACE_DEPTH_LIMIT = 128,
    /// The id of a stack that could not be stored.
    CT_TRACE_OTHER = UINT16_MAX,
};

/// Stores the stacks of classes that are tracked with CT_TRACE, until `ct_traces_close` was called as often.
///
/// - Returns: 0 if there is no memory, or the process was forked.
int ct_traces_open(void);

/// Ends one `ct_traces_open`. The last one discards the stacks and unmaps their memory.
void ct_traces_close(void);

/// Sets the largest number of calls of a stack, 1 to CT_TRACE_DEPTH_LIMIT; the innermost ones are stored.
void ct_set_trace_depth(size_t depth);

/// Returns the frame of the function that calls this, which must not be inlined itself.
static inline __attribute__((always_inline)) uintptr_t ct_frame(void) { return (uintptr_t)__builtin_frame_address(0); }

/// Returns the id of the stack above a frame, and stores the stack if it is new.
///
/// Does not trust the chain of frames, which may be damaged, or lie on a stack that the host created.
///
/// - Parameter frame: The address at which a function stores its caller's frame pointer, below its own return address,
///   which becomes the first call: `ct_frame()`.
/// - Returns: An id from 1; CT_TRACE_OTHER if the stack cannot be stored; 0 if nothing can be read.
uint32_t ct_intern_trace(uintptr_t frame);

/// Copies the return addresses of a stack, innermost first.
///
/// - Returns: The number of addresses; 0 for an unknown id.
size_t ct_trace_frames(uint32_t trace, uintptr_t *_Nullable frames, size_t capacity);

/// Returns the number of stored stacks.
size_t ct_trace_count(void);

/// Returns the number of objects whose stack could not be stored.
uint64_t ct_traces_missed(void);

/// Returns the bytes of memory in use for stacks.
size_t ct_traces_bytes(void);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
