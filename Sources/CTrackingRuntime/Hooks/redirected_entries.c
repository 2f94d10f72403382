#define _GNU_SOURCE
#include "runtime_hooks_internal.h"

#include "../Architecture/architecture_internal.h"
#include "../Images/images_internal.h"
#include "../Protection/protection_internal.h"
#include "../Shims/locks_internal.h"
#include "../Shims/shims_internal.h"
#include "forks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static ct_lock entries_lock;
static ct_entry entries[CT_RUNTIME_FUNCTIONS];

static ct_hook_result redirect(ct_runtime_function function) {
    ct_entry *entry = &entries[function];
    if (entry->is_redirected) {
        return CT_HOOKED;
    }
    uint8_t *code = ct_find_function(function);
    if (entry->original == NULL) {
        ct_hook_result result = ct_prepare_entry(entry, code, ct_replacement(function), ct_map_code);
        if (result != CT_HOOKED) {
            return result;
        }
    } else if (memcmp(entry->place, entry->before, entry->before_bytes) != 0) {
        return CT_HOOK_UNKNOWN_CODE;
    }
    ct_set_original(function, entry->original);
    if (!ct_change_code(entry->place, entry->after, entry->change_bytes)) {
        ct_set_original(function, code);
        return CT_HOOK_CODE_READ_ONLY;
    }
    entry->is_redirected = 1;
    return CT_HOOKED;
}

ct_hook_result ct_redirect_entry(ct_runtime_function function) {
    ct_stay_loaded();
    if (!ct_lock_take(&entries_lock, CT_CALLER_PATIENCE)) {
        return CT_HOOK_CODE_READ_ONLY;
    }
    ct_hook_result result = redirect(function);
    ct_lock_leave(&entries_lock);
    return result;
}

void ct_restore_entry(ct_runtime_function function) {
    if (ct_tracking_is_forked() || !ct_lock_take(&entries_lock, CT_CALLER_PATIENCE)) {
        return;
    }
    ct_entry *entry = &entries[function];
    // Software that came later may have saved our change as the original code and call it: then the entry stays
    // redirected, and our function only passes calls on.
    if (entry->is_redirected && memcmp(entry->place, entry->after, entry->before_bytes) == 0
        && ct_change_code(entry->place, entry->before, entry->change_bytes)) {
        entry->is_redirected = 0;
    }
    ct_lock_leave(&entries_lock);
}

ct_entry_state ct_renew_entries(void) {
    ct_entry_state state = CT_ENTRIES_HOLD;
    if (ct_tracking_is_forked() || !ct_lock_take(&entries_lock, CT_CALLER_PATIENCE)) {
        return state;
    }
    for (size_t function = 0; function < CT_RUNTIME_FUNCTIONS; function++) {
        ct_entry *entry = &entries[function];
        // The bytes after the change may contain traps of other software, which do no harm.
        if (!entry->is_redirected || memcmp(entry->place, entry->after, entry->change_bytes) == 0) {
            continue;
        }
        // The function's original code, as a removed probe restores it. Any other code is not overwritten.
        int is_own = memcmp(entry->place, entry->before, entry->before_bytes) == 0;
        if (is_own && ct_change_code(entry->place, entry->after, entry->change_bytes)) {
            state = state == CT_ENTRIES_HOLD ? CT_ENTRIES_RENEWED : state;
        } else {
            state = CT_ENTRIES_TAKEN;
        }
    }
    ct_lock_leave(&entries_lock);
    return state;
}
