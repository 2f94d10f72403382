#ifndef CT_COPIES_INTERNAL_H
#define CT_COPIES_INTERNAL_H

// A process may have several copies of the tracker, of the same or different versions: the preloaded agent, the
// program, libraries that each have it linked into them. They share no symbol, and find one another by a note in each
// object file that refers to a `ct_copy`.

#include "../Shims/locks_internal.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/// Resumes the thread if a fault is that of a guarded read of this copy.
///
/// - Returns: 0 if it is not.
typedef int ct_take_fault(int signal, siginfo_t *info, void *context);

typedef void ct_fault_handler(int signal, siginfo_t *info, void *context);
typedef int ct_join_function(ct_take_fault *take);

/// The data that a copy of the tracker shares with the others.
///
/// Different versions of the tracker read it: fields never change, and new ones are appended.
typedef struct {
    /// `sizeof(ct_copy)` of this copy.
    uint32_t bytes;
    /// 1 while the copy observes births by import slots alone, which only one copy may do.
    atomic_uint has_slots;
    /// The handler of SIGSEGV and SIGBUS; null before it is installed.
    _Atomic(ct_fault_handler *) handle;
    /// Makes the handler of this copy call another copy for each fault until the process ends; returns 0 if there is no
    /// space.
    _Atomic(ct_join_function *) join;
    /// The addresses that the copy writes into import slots of swift_allocObject and swift_deallocPartialClassInstance;
    /// null before it writes any.
    _Atomic(void *) replacements[2];
    /// The lock to hold while a page of another object is made writable; null until the copy has asked for it. All
    /// loaded copies share one lock.
    _Atomic(ct_lock *) protection;
} ct_copy;

/// This copy.
extern ct_copy ct_own_copy;

/// Publishes the handler that is about to be installed, and the function by which other copies register with it.
void ct_show_handler(ct_fault_handler *handle, ct_join_function *join);

/// Asks the copy whose handler this is to pass on faults to `take`.
///
/// - Returns: 0 if no other copy has this handler. The loader's lock is taken meanwhile.
int ct_join_handler(ct_fault_handler *handle, ct_take_fault *take);

/// Publishes the addresses that are about to be written into import slots.
void ct_show_replacements(void *allocate, void *deallocate_partial);

/// Claims the import slots for this copy; `ct_release_slots` ends the claim.
///
/// - Returns: 0 if another copy has them. The loader's lock is taken meanwhile.
int ct_claim_slots(void);
void ct_release_slots(void);

/// Lists the addresses that other copies write into import slots.
///
/// Called while the loader is locked, the list stays valid as long as it is: a copy claims the slots under that lock.
///
/// - Returns: The number of addresses, at most `capacity`.
size_t ct_other_replacements(uintptr_t *list, size_t capacity);

/// Returns the lock of all copies for changing page protection.
///
/// The loader's lock is taken the first time.
ct_lock *ct_protection_lock(void);

#pragma GCC visibility pop

#endif
