#define _GNU_SOURCE
#include "traces.h"

#include "../Architecture/architecture_internal.h"
#include "../Classes/classes_internal.h"
#include "../Shims/shims_internal.h"
#include "forks.h"
#include "guarded_reads.h"
#include "../Shims/pages_internal.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

// MARK: The bounds of a stack

extern void *__libc_stack_end;

enum { BOUNDS_UNKNOWN, BOUNDS_ASKED, BOUNDS_KNOWN };

static CT_THREAD_STATE uintptr_t stack_low, stack_high;
static CT_THREAD_STATE int bounds;

static __attribute__((noinline)) void ask_for_bounds(void) {
    int error = errno;
    // Set before, because malloc, which is called here once a thread, may be the host's and create tracked objects
    // itself.
    bounds = BOUNDS_ASKED;
    if (gettid() == getpid()) {
        // Not read through glibc, which would read /proc/self/maps. The main stack grows, so its lower end is not used.
        stack_high = (uintptr_t)__libc_stack_end;
        stack_low = stack_high - ((uintptr_t)1 << 40);
    } else {
        pthread_attr_t attributes;
        void *low = NULL;
        size_t size = 0;
        if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
            if (pthread_attr_getstack(&attributes, &low, &size) == 0) {
                stack_low = (uintptr_t)low;
                stack_high = (uintptr_t)low + size;
            }
            (void)pthread_attr_destroy(&attributes);
        }
    }
    bounds = BOUNDS_KNOWN;
    errno = error;
}

// MARK: Walking

typedef struct {
    size_t count;
    uint64_t hash;
    uintptr_t frames[CT_TRACE_DEPTH_LIMIT];
} ct_stack;

static atomic_size_t depth_limit = CT_TRACE_DEPTH;

void ct_set_trace_depth(size_t depth) {
    size_t most = CT_TRACE_DEPTH_LIMIT;
    atomic_store(&depth_limit, depth < 1 ? 1 : depth > most ? most : depth);
}

enum {
    /// The bytes of a frame record: the caller's frame pointer and the return address.
    RECORD = 2 * sizeof(uintptr_t),
    LEAST_ADDRESS = 4096,
};

// User addresses have no more bits; above them are the flag of an asynchronous frame (bit 60) and, on arm64,
// signatures.
#define ADDRESS_OF(word) ((word) & CT_ADDRESS_MASK)

static inline int add(ct_stack *stack, uintptr_t address) {
    if (address < LEAST_ADDRESS) {
        return 0;
    }
    stack->frames[stack->count++] = address;
    stack->hash = (stack->hash ^ address) * UINT64_C(0x9E3779B97F4A7C15);
    return 1;
}

/// Indicates whether a frame pointer can be the caller's: no function has its frame below the one that it calls.
static inline int is_caller(uintptr_t frame, uintptr_t callee) {
    return frame >= callee + RECORD && frame % sizeof(uintptr_t) == 0;
}

static __attribute__((no_sanitize("address", "thread", "undefined"))) void walk(
    ct_stack *stack, uintptr_t frame, uintptr_t last, size_t limit) {
    for (;;) {
        const uintptr_t *record = (const uintptr_t *)frame;
        uintptr_t caller = ct_frame_in(record[0]);
        if (!add(stack, ADDRESS_OF(record[1])) || stack->count == limit || !is_caller(caller, frame) || caller > last) {
            return;
        }
        frame = caller;
    }
}

/// Walks a stack with unknown bounds: one to which the host switched, or that of a signal handler.
static __attribute__((noinline)) void walk_guarded(ct_stack *stack, uintptr_t frame, size_t limit) {
    enum { LARGEST_FRAME = 1 << 20 };
    ct_guard guard;
    int error = errno;
    if (ct_guard_enter(&guard) == 0) {
        for (;;) {
            uintptr_t caller = ct_frame_in(ct_read64(frame));
            if (!add(stack, ADDRESS_OF(ct_read64(frame + sizeof(uintptr_t)))) || stack->count == limit
                || !is_caller(caller, frame) || caller - frame > LARGEST_FRAME) {
                break;
            }
            frame = caller;
        }
        ct_guard_leave(&guard);
    }
    errno = error;
}

static inline void take(ct_stack *stack, uintptr_t frame) {
    size_t limit = atomic_load_explicit(&depth_limit, memory_order_relaxed);
    stack->count = 0;
    stack->hash = 0;
    if (__builtin_expect(bounds != BOUNDS_KNOWN, 0)) {
        if (bounds == BOUNDS_ASKED) {
            return;
        }
        ask_for_bounds();
    }
    // A frame above the current one is alive, and everything in between is mapped.
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    if (here >= stack_low && frame >= here && frame <= stack_high - RECORD && stack_high > RECORD) {
        walk(stack, frame, stack_high - RECORD, limit);
    } else {
        walk_guarded(stack, frame, limit);
    }
    // The upper bits of a product depend on all bits of its factors, the lower ones do not.
    stack->hash ^= stack->hash >> 32;
}

// MARK: The table

// Mapped once and never unmapped, because readers take no lock: after it is emptied they read zeroes.
typedef struct {
    /// The upper 48 bits of the hash and the id; 0 is free. Twice as many as there are stacks.
    _Atomic uint64_t slots[2 * CT_TRACES];
    /// Indexed by id less the first one.
    struct {
        _Atomic uint32_t start, count;
    } stacks[CT_TRACES];
    /// With space for a reader that combines the start of a stack with the length of one that was stored after an
    /// emptying.
    _Atomic uintptr_t frames[CT_TRACE_FRAMES + CT_TRACE_DEPTH_LIMIT];
} ct_trace_table;

static ct_lock table_lock;
static _Atomic(ct_trace_table *) table;
static atomic_uint users;
/// Ids continue from one filling of the table to the next, so that no two stacks of one stream share an id while ids
/// last.
static atomic_uint first_id = 1;
static atomic_uint stack_count;
static atomic_uint frame_count;
static atomic_ullong missed;

#define SLOT_MASK (2 * CT_TRACES - 1)
#define HASH_MASK (~UINT64_C(0xFFFF))

/// Indicates whether a stored stack has these frames. They may change meanwhile, if the table is emptied and filled
/// again.
static inline int has_frames(const ct_trace_table *traces, uint32_t index, const ct_stack *stack) {
    if (atomic_load_explicit(&traces->stacks[index].count, memory_order_relaxed) != stack->count) {
        return 0;
    }
    const _Atomic uintptr_t *frames =
        &traces->frames[atomic_load_explicit(&traces->stacks[index].start, memory_order_relaxed)];
    uintptr_t difference = 0;
    for (size_t frame = 0; frame < stack->count; frame++) {
        difference |= atomic_load_explicit(&frames[frame], memory_order_relaxed) ^ stack->frames[frame];
    }
    return difference == 0;
}

/// Returns the id of a known stack, or 0 and the free slot that ended the search.
static inline uint32_t find(ct_trace_table *traces, const ct_stack *stack, size_t *free_slot) {
    unsigned first = atomic_load_explicit(&first_id, memory_order_relaxed);
    size_t slot = (stack->hash >> 20) & SLOT_MASK;
    for (size_t step = 0; step <= SLOT_MASK; step++, slot = (slot + 1) & SLOT_MASK) {
        uint64_t found = atomic_load_explicit(&traces->slots[slot], memory_order_acquire);
        if (found == 0) {
            *free_slot = slot;
            return 0;
        }
        uint32_t trace = found & 0xFFFF;
        if (((found ^ stack->hash) & HASH_MASK) != 0 || trace - first >= CT_TRACES) {
            continue;
        }
        if (has_frames(traces, trace - first, stack)) {
            return trace;
        }
    }
    return 0;
}

static __attribute__((noinline)) uint32_t add_stack(ct_trace_table *traces, const ct_stack *stack) {
    uint32_t trace = 0;
    if (ct_tracking_is_forked() || !ct_lock_take(&table_lock, CT_HOST_PATIENCE)) {
        return CT_TRACE_OTHER;
    }
    size_t slot = 0;
    // Another thread may have added it, or have emptied the table.
    trace = find(traces, stack, &slot);
    unsigned count = atomic_load(&stack_count), start = atomic_load(&frame_count);
    if (trace != 0 || atomic_load(&users) == 0) {
        ct_lock_leave(&table_lock);
        return trace;
    }
    if (count == CT_TRACES || start + stack->count > CT_TRACE_FRAMES) {
        trace = CT_TRACE_OTHER;
    } else {
        trace = atomic_load(&first_id) + count;
        for (size_t frame = 0; frame < stack->count; frame++) {
            atomic_store_explicit(&traces->frames[start + frame], stack->frames[frame], memory_order_relaxed);
        }
        atomic_store_explicit(&traces->stacks[count].start, start, memory_order_relaxed);
        atomic_store_explicit(&traces->stacks[count].count, (uint32_t)stack->count, memory_order_relaxed);
        atomic_store(&frame_count, start + (unsigned)stack->count);
        atomic_store(&stack_count, count + 1);
        atomic_store_explicit(&traces->slots[slot], (stack->hash & HASH_MASK) | trace, memory_order_release);
    }
    ct_lock_leave(&table_lock);
    return trace;
}

uint32_t ct_intern_trace(uintptr_t frame) {
    ct_trace_table *traces = atomic_load_explicit(&table, memory_order_acquire);
    if (traces == NULL || frame % sizeof(uintptr_t) != 0) {
        return 0;
    }
    ct_stack stack;
    size_t slot;
    take(&stack, frame);
    if (stack.count == 0) {
        return 0;
    }
    uint32_t trace = find(traces, &stack, &slot);
    if (__builtin_expect(trace == 0, 0)) {
        trace = add_stack(traces, &stack);
        if (trace == CT_TRACE_OTHER) {
            atomic_fetch_add_explicit(&missed, 1, memory_order_relaxed);
        }
    }
    return trace;
}

// MARK: Opening and closing

int ct_traces_open(void) {
    if (ct_tracking_is_forked() || !ct_lock_take(&table_lock, CT_CALLER_PATIENCE)) {
        return 0;
    }
    ct_trace_table *traces = atomic_load(&table);
    if (traces == NULL) {
        traces = ct_map(sizeof *traces);
        atomic_store_explicit(&table, traces, memory_order_release);
    }
    if (traces != NULL && atomic_fetch_add(&users, 1) == 0) {
        ct_set_tracing(ct_intern_trace);
    }
    ct_lock_leave(&table_lock);
    return traces != NULL;
}

void ct_traces_close(void) {
    if (ct_tracking_is_forked() || !ct_lock_take(&table_lock, CT_CALLER_PATIENCE)) {
        return;
    }
    if (atomic_fetch_sub(&users, 1) == 1) {
        ct_set_tracing(NULL);
        ct_trace_table *traces = atomic_load(&table);
        (void)madvise(traces, sizeof *traces, MADV_DONTNEED);
        unsigned next = atomic_load(&first_id) + atomic_load(&stack_count);
        atomic_store(&first_id, next + CT_TRACES < CT_TRACE_OTHER ? next : 1);
        atomic_store(&stack_count, 0);
        atomic_store(&frame_count, 0);
        atomic_store(&missed, 0);
    }
    ct_lock_leave(&table_lock);
}

// MARK: Reading

size_t ct_trace_frames(uint32_t trace, uintptr_t *frames, size_t capacity) {
    size_t count = 0;
    if (ct_tracking_is_forked() || !ct_lock_take(&table_lock, CT_CALLER_PATIENCE)) {
        return 0;
    }
    ct_trace_table *traces = atomic_load(&table);
    uint32_t index = trace - atomic_load(&first_id);
    if (traces != NULL && index < atomic_load(&stack_count)) {
        count = traces->stacks[index].count;
        uint32_t start = traces->stacks[index].start;
        for (size_t frame = 0; frames != NULL && frame < count && frame < capacity; frame++) {
            frames[frame] = traces->frames[start + frame];
        }
    }
    ct_lock_leave(&table_lock);
    return count;
}

size_t ct_trace_count(void) { return atomic_load(&stack_count); }

uint64_t ct_traces_missed(void) { return atomic_load(&missed); }

size_t ct_traces_bytes(void) {
    enum { PAGE = 4096 };
    size_t stacks = atomic_load(&stack_count);
    // The slots are spread by hash: each touches a page of its own until all pages are in use.
    size_t slots = stacks * PAGE < sizeof(uint64_t) * 2 * CT_TRACES ? stacks * PAGE : sizeof(uint64_t) * 2 * CT_TRACES;
    return slots + stacks * sizeof(uint64_t) + atomic_load(&frame_count) * sizeof(uintptr_t);
}
