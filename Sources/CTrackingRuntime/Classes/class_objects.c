#define _GNU_SOURCE
#include "classes_internal.h"

#include "../Protection/protection_internal.h"
#include "forks.h"
#include "images.h"

// Objects that are tracked individually, even if nothing watches their classes.

extern void *swift_retain(void *object);

typedef struct {
    ct_registry *registry;
    uintptr_t metadata;
    int is_followed;
} follow;

static void follow_within_loader(void *context) {
    follow *follow = context;
    ct_guard guard;
    // The class's library may have been unloaded since the object was seen.
    if (ct_guard_enter(&guard) != 0) {
        return;
    }
    if (ct_class_identity(follow->metadata) != 0 && ct_can_exchange((uintptr_t *)follow->metadata + DESTROY)) {
        ct_class *class = ct_class_obtain(follow->metadata);
        if (class != NULL) {
            ct_class_renew(class);
            atomic_fetch_or(&class->deaths, 1u << follow->registry->index);
        }
        follow->is_followed = class != NULL && ct_class_patch(class) == CT_OK;
    }
    ct_guard_leave(&guard);
}

int ct_follow_class(ct_registry *registry, uintptr_t metadata) {
    if (ct_tracking_is_forked() || atomic_load(&registry->is_frozen)) {
        return 0;
    }
    ct_note_protection();
    if (!ct_lock_take(&ct_classes_lock, CT_CALLER_PATIENCE)) {
        return 0;
    }
    follow follow = {registry, metadata, 0};
    ct_with_loader(follow_within_loader, &follow);
    ct_lock_leave(&ct_classes_lock);
    return follow.is_followed;
}

static ct_tracking_result kind_for(
    ct_registry *registry, const void *object, uint32_t rule, uint32_t flags, uint32_t *kind) {
    if (ct_tracking_is_forked() || atomic_load(&registry->is_frozen)) {
        return CT_FROZEN;
    }
    ct_class *class = ct_class_find(*(const uintptr_t *)object);
    if (class == NULL || !class->is_patched) {
        ct_note_protection();
    }
    if (!ct_lock_take(&ct_classes_lock, CT_CALLER_PATIENCE)) {
        return CT_FROZEN;
    }
    class = ct_class_obtain(*(const uintptr_t *)object);
    ct_tracking_result result = class == NULL ? CT_TOO_MANY : CT_OK;
    if (class != NULL) {
        ct_class_renew(class);
        *kind = ct_registry_kind(registry, class->key, class->identity, rule, flags);
        if (flags & CT_KEEP) {
            atomic_store(&class->is_kept, 1);
        }
        atomic_fetch_or(&class->deaths, 1u << registry->index);
        result = *kind == 0 ? CT_TOO_MANY : ct_class_patch(class);
    }
    ct_lock_leave(&ct_classes_lock);
    return result;
}

ct_tracking_result ct_track_object(
    ct_registry *registry, void *object, uint32_t rule, uint32_t flags, uintptr_t frame) {
    uint32_t kind = 0;
    ct_tracking_result result = kind_for(registry, object, rule, flags, &kind);
    if (result == CT_OK) {
        uint32_t trace = flags & CT_TRACE ? ct_birth_trace(frame) : 0;
        ct_record record = {(uintptr_t)object, kind, trace, flags & CT_KEEP ? CT_KEPT : 0};
        result = ct_registry_insert(registry, &record);
    }
    if (result == CT_OK && flags & CT_KEEP) {
        (void)swift_retain(object);
    }
    return result;
}

uint32_t ct_change_object(ct_registry *registry, const void *object, uint32_t rule, uint32_t flags) {
    uint32_t before_flags, kind = 0;
    uint64_t key;
    uint32_t before = ct_object_rule(registry, object, &before_flags, &key);
    if (before == 0 || kind_for(registry, object, rule, flags, &kind) != CT_OK
        || !ct_registry_set_kind(registry, object, kind)) {
        return 0;
    }
    return before;
}
