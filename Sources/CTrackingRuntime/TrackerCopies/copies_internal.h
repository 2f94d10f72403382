#ifndef CT_COPIES_INTERNAL_H
#define CT_COPIES_INTERNAL_H

// A process may have several copies of the tracker, of one version or several: the preloaded agent, the program, libraries
// that each have it linked into them. They share no symbol, and still find one another: each has a note in its object
// file that leads to a `ct_copy`.

#include "../Shims/locks_internal.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/// Resumes the thread where a fault is that of a guarded read of this copy.
///
/// - Returns: 0 where it is not.
typedef int ct_take_fault(int signal, siginfo_t *info, void *context);

typedef void ct_fault_handler(int signal, siginfo_t *info, void *context);
typedef int ct_join_function(ct_take_fault *take);

/// What a copy of the tracker tells the others.
///
/// Versions of the tracker meet here: fields are never changed, and new ones come at the end only.
typedef struct {
    /// `sizeof(ct_copy)` of this copy.
    uint32_t bytes;
    /// 1 while the copy observes births by import slots alone, of which a slot has one.
    atomic_uint has_slots;
    /// The handler of SIGSEGV and SIGBUS; null before it is installed.
    _Atomic(ct_fault_handler *) handle;
    /// Has the handler of this copy ask another copy about each fault, for good; returns 0 where there is no room.
    _Atomic(ct_join_function *) join;
    /// What the copy puts into import slots of swift_allocObject and swift_deallocPartialClassInstance; null before it
    /// puts it into any.
    _Atomic(void *) replacements[2];
    /// What is held while a page of somebody else's is made writable for a moment; null until the copy has asked for it. All
    /// copies that are here have the same.
    _Atomic(ct_lock *) protection;
} ct_copy;

/// This copy.
extern ct_copy ct_own_copy;

/// Shows other copies the handler that is about to be installed, and how they have it ask them.
void ct_show_handler(ct_fault_handler *handle, ct_join_function *join);

/// Asks the copy whose handler this is to pass on faults to `take`.
///
/// - Returns: 0 where no other copy has this handler. The loader's lock is taken meanwhile.
int ct_join_handler(ct_fault_handler *handle, ct_take_fault *take);

/// Shows other copies what is about to be put into import slots.
void ct_show_replacements(void *allocate, void *deallocate_partial);

/// Claims the import slots for this copy, or gives them back.
///
/// - Returns: 0 where another copy has them. The loader's lock is taken meanwhile.
int ct_claim_slots(void);
void ct_release_slots(void);

/// Lists what other copies put into import slots.
///
/// Called while the loader is locked, the list stays true for as long: a copy claims the slots under that lock.
///
/// - Returns: How many there are, at most `capacity`.
size_t ct_other_replacements(uintptr_t *list, size_t capacity);

/// The lock of all copies for changing how pages are protected.
///
/// The loader's lock is taken the first time.
ct_lock *ct_protection_lock(void);

#pragma GCC visibility pop

#endif
