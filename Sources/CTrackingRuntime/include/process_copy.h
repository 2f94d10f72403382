#ifndef CTRACKING_PROCESS_COPY_H
#define CTRACKING_PROCESS_COPY_H

// Makes a copy-on-write copy of the process, as fork(2) does, in which a snapshot measures the memory of one instant
// while the process itself continues.
//
// It does not call fork(2): glibc runs the handlers of pthread_atfork there, which are the host's code and may wait for
// its locks. The copy has no exit signal, so a host that handles SIGCHLD, ignores it or waits for any child never
// notices it.

#include <stddef.h>
#include <stdint.h>

#include "owned_descriptor.h"
#include "tracked_objects.h"

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

/// The state that a registry must have at the instant of the copy.
typedef struct {
    /// The number of objects for which memory was allocated.
    size_t objects;
    /// The number of kinds that are known.
    size_t kinds;
} ct_copy_expectation;

/// A running copy.
typedef struct {
    int process;
    /// Its pidfd.
    ct_descriptor descriptor;
    /// The nanoseconds for which the registry was locked and the kernel copied.
    uint64_t pause;
    /// The number of live objects, if that was more than expected.
    size_t objects;
} ct_process_copy;

/// Makes a copy of the process, in which only a copy of the calling thread exists, and runs `body` there.
///
/// The registry's locks are held meanwhile, so that the copy's registry is consistent; locks that other threads held at
/// that instant stay locked in the copy for ever. So `body` must not allocate with malloc, nor wait for any lock except
/// the registry's. It returns its results in shared memory. All descriptors are closed in the copy and no handler of
/// the host runs there: a fault outside a guarded read ends it, so does SIGTERM, and all other signals are blocked.
///
/// The copy ends with the calling thread, or by its own timer after `lifetime` milliseconds.
///
/// - Returns: 0, or an errno: EBUSY if a lock could not be taken, ENOSPC if there were more objects than expected,
///   ESTALE if there were more kinds, EXDEV if the copy would be in another process namespace, ENOSYS if the kernel has
///   no pidfd, or an errno of clone(2).
int ct_copy_process(
    ct_registry *_Nonnull registry, ct_copy_expectation expected, unsigned lifetime,
    int (*_Nonnull body)(void *_Nonnull), void *_Nonnull context, ct_process_copy *_Nonnull copy);

/// The way in which a copy ended.
typedef struct {
    /// The value that `body` returned; -1 if a signal ended the copy.
    int status;
    /// The signal that ended the copy, or 0.
    int signal;
    /// Indicates whether the copy was killed because it took too long.
    int was_late;
    /// Indicates whether the host has waited for the copy, so that its status is lost.
    int is_unknown;
} ct_copy_end;

/// Waits for a copy to end, kills it after `patience` milliseconds, and reaps it.
ct_copy_end ct_await_copy(const ct_process_copy *_Nonnull copy, unsigned patience);

/// Reaps copies that the previous program left in this process by exec(2), until there are none; never waits long.
///
/// An exec ends the thread that made a copy, and so the copy. Afterwards nothing knows of the copy, and wait(2) does
/// not find it: it would stay a zombie for the lifetime of the process. Call repeatedly after the start.
void ct_reap_copies(void);

/// Adds bytes to a checksum.
uint64_t ct_checksum(uint64_t sum, const void *_Nullable bytes, size_t count);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
