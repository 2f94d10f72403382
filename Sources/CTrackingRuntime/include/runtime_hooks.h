#ifndef CTRACKING_RUNTIME_HOOKS_H
#define CTRACKING_RUNTIME_HOOKS_H

// Redirects functions of the Swift runtime to ours, and undoes it.
//
// No thread is stopped: each change is one store that a processor sees whole, and callers of the function before and
// after the change may run at the same time.

#include "images.h"

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Entries

/// The reason why an entry or the import slots could not be redirected.
typedef enum {
    CT_HOOKED = 0,
    /// The function's first instructions are not known; other software may have redirected it.
    CT_HOOK_UNKNOWN_CODE,
    /// The only address to which the jump can lead is in use.
    CT_HOOK_PLACE_TAKEN,
    /// The system forbids making memory executable.
    CT_HOOK_NO_CODE_MEMORY,
    /// The system forbids changing code.
    CT_HOOK_CODE_READ_ONLY,
    /// No object imports the function.
    CT_HOOK_NO_SLOTS,
    /// The system forbids changing an import slot.
    CT_HOOK_SLOT_READ_ONLY,
    /// There are more import slots than can be stored.
    CT_HOOK_TOO_MANY_SLOTS,
    /// Another copy of the tracker has redirected the import slots; only one copy may.
    CT_HOOK_OTHER_COPY,
} ct_hook_result;

/// Redirects a function at its entry, for all callers.
///
/// The change is one store, and a thread that was interrupted after the first instruction resumes correctly. The page
/// to which the entry then jumps stays mapped, because threads may be in it (architecture_x86_64.c,
/// architecture_aarch64.c).
ct_hook_result ct_redirect_entry(ct_runtime_function function);

/// Restores a function's first instruction, unless other software has changed it meanwhile.
void ct_restore_entry(ct_runtime_function function);

/// The state of the redirected entries.
typedef enum {
    CT_ENTRIES_HOLD = 0,
    /// The entries had been restored by other software, and are redirected again.
    CT_ENTRIES_RENEWED,
    /// The entries hold other software's code, such as the trap of a debugger or a probe: calls are not observed.
    CT_ENTRIES_TAKEN,
} ct_entry_state;

/// Checks whether the entries still lead to us, and redirects those again that were restored.
ct_entry_state ct_renew_entries(void);

// MARK: Import slots

/// Redirects the import slots of the runtime's functions, and of dlopen, in every loaded object. Further calls redirect
/// those of objects that were loaded since.
///
/// Calls within the runtime's own library are not observed. Calls in a library that was opened by a name without a
/// slash are not observed until this function is called again.
///
/// - Parameter is_alone: 0 if the entries are redirected too. Slots then serve speed only, and dlopen is not
///   redirected.
ct_hook_result ct_redirect_slots(int is_alone);

/// Restores the slots, except those of unloaded objects and those that other software has changed meanwhile.
void ct_restore_slots(void);

// MARK: Libraries

/// Sets the function to call after a Swift library is loaded, on the loading thread, which may hold the loader's lock.
void ct_on_image_added(void (*_Nullable body)(void));

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
