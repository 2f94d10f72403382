#ifndef CTRACKING_RUNTIME_HOOKS_H
#define CTRACKING_RUNTIME_HOOKS_H

// Ways to have a function of the Swift runtime call one of ours first, and to undo it.
//
// None stops a thread: each change is one store that a processor sees whole, and the functions before and after it may
// both be running at any time.

#include "images.h"

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Entries

/// Why an entry or the import slots could not be redirected.
typedef enum {
    CT_HOOKED = 0,
    /// The function begins otherwise than it is known to; maybe someone else has redirected it.
    CT_HOOK_UNKNOWN_CODE,
    /// The only place that the jump can lead to is in use.
    CT_HOOK_PLACE_TAKEN,
    /// The system lets nobody make memory executable.
    CT_HOOK_NO_CODE_MEMORY,
    /// The system lets nobody change code.
    CT_HOOK_CODE_READ_ONLY,
    /// No object imports the function.
    CT_HOOK_NO_SLOTS,
    /// The system lets nobody change an import slot.
    CT_HOOK_SLOT_READ_ONLY,
    /// There are more import slots than can be remembered.
    CT_HOOK_TOO_MANY_SLOTS,
    /// Another copy of the tracker in the process has redirected the import slots, which are one's alone.
    CT_HOOK_OTHER_COPY,
} ct_hook_result;

/// Redirects a function at its entry, for all who call it.
///
/// The change is one store, and a thread that was interrupted behind the first instruction goes on as before. The page
/// that the entry then leads to stays mapped, because threads may be there (architecture_x86_64.c, architecture_aarch64.c).
ct_hook_result ct_redirect_entry(ct_runtime_function function);

/// Gives a function its first instruction back, unless someone else has changed it meanwhile.
void ct_restore_entry(ct_runtime_function function);

/// What has become of the entries that were redirected.
typedef enum {
    CT_ENTRIES_HOLD = 0,
    /// Somebody had put the function's own code back; they are redirected again.
    CT_ENTRIES_RENEWED,
    /// Somebody else's code is there, as the trap of a debugger or of a probe: who calls the function is not seen by us.
    CT_ENTRIES_TAKEN,
} ct_entry_state;

/// Looks whether the entries still lead to us, and redirects those again that have the function's own code.
ct_entry_state ct_renew_entries(void);

// MARK: Import slots

/// Redirects the import slots of the runtime's functions, and of dlopen, in every loaded object; called again, those of
/// objects that came since.
///
/// Calls within the runtime's own library are not seen, and those of a library that is opened by a name that is searched
/// for not until this is called again.
///
/// - Parameter is_alone: 0 where the entries are redirected too: then slots are for speed, and dlopen is let alone.
ct_hook_result ct_redirect_slots(int is_alone);

/// Gives slots what they had, but for those of unloaded objects and those that someone else has changed meanwhile.
void ct_restore_slots(void);

// MARK: Libraries

/// What is called after a Swift library was loaded, on the thread that loads it, which may hold the loader's lock.
void ct_on_image_added(void (*_Nullable body)(void));

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
