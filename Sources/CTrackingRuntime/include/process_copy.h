#ifndef CTRACKING_PROCESS_COPY_H
#define CTRACKING_PROCESS_COPY_H

// A copy of the process, which the kernel makes as it does for fork(2), and which measures what it finds: the memory of
// one instant, while the process itself goes on.
//
// Not by fork(2): glibc runs the handlers of pthread_atfork there, which are the host's code and may wait for its locks.
// And without an exit signal: a host that handles SIGCHLD, ignores it or waits for any child never learns of ours.

#include <stddef.h>
#include <stdint.h>

#include "owned_descriptor.h"
#include "tracked_objects.h"

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

/// What has to be true of a registry at the instant of the copy.
typedef struct {
    /// How many objects there is room for.
    size_t objects;
    /// How many kinds are known.
    size_t kinds;
} ct_copy_expectation;

/// A copy that runs.
typedef struct {
    int process;
    /// Its pidfd.
    ct_descriptor descriptor;
    /// Nanoseconds for which the registry was locked and the kernel copied.
    uint64_t pause;
    /// Live objects, where that was more than expected.
    size_t objects;
} ct_process_copy;

/// Makes a copy of the process, in which `body` runs on a copy of the calling thread and nothing else does.
///
/// The registry's locks are held meanwhile, so that the copy has it whole; what other threads held at that instant stays
/// locked in the copy for ever. So `body` must not allocate with malloc, nor wait for any lock but the registry's. What it
/// writes comes back in memory that is shared. All descriptors are closed in the copy and no handler of the host's runs
/// there: a fault that is no guarded read ends it, SIGTERM does, all other signals are blocked.
///
/// The copy ends with the calling thread, and by its own timer after `lifetime` milliseconds.
///
/// - Returns: 0, or an errno: EBUSY where a lock was not to be had, ENOSPC where there were more objects than expected,
///   ESTALE where there were more kinds, EXDEV where the copy would be in another process namespace; else that of clone(2). ENOSYS where the kernel knows no pidfd.
int ct_copy_process(
    ct_registry *_Nonnull registry, ct_copy_expectation expected, unsigned lifetime,
    int (*_Nonnull body)(void *_Nonnull), void *_Nonnull context, ct_process_copy *_Nonnull copy);

/// How a copy ended.
typedef struct {
    /// What `body` returned; -1 where a signal ended the copy.
    int status;
    /// The signal, or 0.
    int signal;
    /// It was killed because it took too long.
    int was_late;
    /// The host has waited for the copy, so that nobody knows how it ended.
    int is_unknown;
} ct_copy_end;

/// Waits for a copy to end, kills it where that takes longer than `patience` milliseconds, and leaves nothing behind.
ct_copy_end ct_await_copy(const ct_process_copy *_Nonnull copy, unsigned patience);

/// Waits for copies that the program before this one has left to it by exec(2), until there are none; never waits long.
///
/// At an exec the thread that has made a copy ends, and the copy with it. Nobody is left then who knows of the copy, and wait(2)
/// does not find it: it would stay a zombie for as long as the process lasts. To be called again and again after the start.
void ct_reap_copies(void);

/// Adds bytes to a checksum.
uint64_t ct_checksum(uint64_t sum, const void *_Nullable bytes, size_t count);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
