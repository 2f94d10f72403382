#define _GNU_SOURCE
#include "classes_internal.h"

#include "../Protection/protection_internal.h"
#include "forks.h"
#include "images.h"

ct_lock ct_classes_lock;
/// The registries with any rule.
static atomic_uint watching;
/// Indicate whether a created object's class could not be patched, which another rule or library may change; and
/// whether such a class has not been reported yet.
static atomic_int has_refused, has_untold;

// MARK: Rules that apply to a class

/// Returns the entry whose rule applies to instances of a class in a registry: that of the most derived class with a
/// rule.
///
/// Within a guard, also works for a class whose superclass was in an unloaded library.
static ct_class *ruling_class(uintptr_t metadata, size_t registry) {
    uintptr_t ancestor = metadata;
    for (int depth = 0; ancestor != 0 && depth < DEPTH_LIMIT; depth++) {
        uintptr_t kind = ct_lost_metadata_word(ancestor, KIND);
        if (kind != 0 && kind <= LAST_KIND_OF_OTHERS) {
            break;
        }
        ct_class *class = ct_class_find(ancestor);
        if (class != NULL && atomic_load_explicit(&class->rule[registry], memory_order_relaxed) != 0) {
            return class;
        }
        class = ct_class_find(ct_lost_metadata_word(ancestor, DESCRIPTOR));
        if (class != NULL && atomic_load_explicit(&class->rule[registry], memory_order_relaxed) != 0) {
            return class;
        }
        ancestor = ct_lost_metadata_word(ancestor, SUPERCLASS);
    }
    return NULL;
}

/// Counts a birth that should have been recorded and was not.
static void note_missed_birth(uintptr_t metadata) {
    unsigned registries = atomic_load_explicit(&watching, memory_order_relaxed);
    for (; registries != 0; registries &= registries - 1) {
        size_t index = (size_t)__builtin_ctz(registries);
        ct_registry *registry = ct_registry_at(index);
        if (registry != NULL && ruling_class(metadata, index) != NULL) {
            atomic_fetch_add(&registry->missed, 1);
        }
    }
}

static int is_watched(uintptr_t metadata) {
    unsigned registries = atomic_load_explicit(&watching, memory_order_relaxed);
    for (; registries != 0; registries &= registries - 1) {
        if (ruling_class(metadata, (size_t)__builtin_ctz(registries)) != NULL) {
            return 1;
        }
    }
    return 0;
}

// MARK: Rules

void ct_class_renew(ct_class *class) {
    uint64_t identity = class->is_descriptor ? ct_context_identity(class->key) : ct_class_identity(class->key);
    if (identity == 0 || identity == class->identity) {
        return;
    }
    if (class->identity != 0) {
        for (size_t index = 0; index < CT_REGISTRIES; index++) {
            atomic_store(&class->rule[index], 0);
        }
        atomic_store(&class->births, 0);
        atomic_store(&class->deaths, 0);
        atomic_store(&class->is_kept, 0);
        class->is_patched = 0;
        class->refusal = CT_NOT_REFUSED;
        class->decided = 0;
    }
    class->identity = identity;
}

/// Applies the rules to a class. The caller holds the lock.
static ct_tracking_result apply_rules(ct_class *class) {
    unsigned births = 0;
    ct_class_renew(class);
    for (size_t index = 0; index < CT_REGISTRIES; index++) {
        ct_registry *registry = ct_registry_at(index);
        ct_class *ruling = registry == NULL ? NULL : ruling_class(class->key, index);
        if (ruling == NULL) {
            continue;
        }
        uint32_t kind = ct_registry_kind(
            registry, class->key, class->identity, atomic_load(&ruling->rule[index]), ruling->flags[index]);
        if (ruling->flags[index] & CT_KEEP) {
            atomic_store(&class->is_kept, 1);
        }
        if (kind == 0) {
            return CT_TOO_MANY;
        }
        atomic_store_explicit(&class->kind[index], kind, memory_order_release);
        births |= 1u << index;
    }
    if (births != 0) {
        // Set deaths first: no object may be recorded at birth whose death is not observed.
        atomic_fetch_or(&class->deaths, births);
        ct_tracking_result result = ct_class_patch(class);
        if (result != CT_OK) {
            return result;
        }
    }
    atomic_store_explicit(&class->births, births, memory_order_release);
    return CT_OK;
}

static void apply_within_loader(void *unused) {
    (void)unused;
    ct_guard guard;
    // If this fails, only the rules of classes that were seen before are not applied.
    int is_guarded = ct_guard_enter(&guard) == 0;
    // Check the classes with rules first: the rule of an unloaded class must not be applied.
    for (size_t index = 0; is_guarded && index < ct_class_count; index++) {
        ct_class_renew(ct_class_at(index));
    }
    for (size_t index = 0; index < ct_class_count; index++) {
        ct_class *class = ct_class_at(index);
        // Skip descriptors, which have no instances and no word to patch, and classes of unloaded libraries, whose
        // address may hold other data.
        if (is_guarded && !class->is_descriptor && class->identity != 0
            && ct_class_identity(class->key) == class->identity
            && ct_can_exchange((uintptr_t *)class->key + DESTROY)) {
            (void)apply_rules(class);
        }
    }
    if (is_guarded) {
        ct_guard_leave(&guard);
    }
}

/// Applies the rules to all classes. The caller holds the lock.
static void apply_rules_to_all(void) {
    // No library can be unloaded between the check and the change.
    ct_with_loader(apply_within_loader, NULL);
    ct_forget_untracked();
}

void ct_classes_renew(void) {
    static _Atomic uint64_t seen;
    uint64_t now = ct_image_generation();
    if (atomic_load(&seen) == now || ct_tracking_is_forked()) {
        return;
    }
    ct_note_protection();
    if ((ct_image_departures() == 0 && !atomic_load(&has_refused))
        || !ct_lock_take(&ct_classes_lock, CT_HOST_PATIENCE)) {
        return;
    }
    atomic_store(&seen, now);
    apply_rules_to_all();
    ct_lock_leave(&ct_classes_lock);
}

ct_tracking_result ct_watch_class(
    ct_registry *registry, uintptr_t key, int is_descriptor, uint64_t identity, uint32_t rule, uint32_t flags) {
    if (ct_tracking_is_forked() || atomic_load(&registry->is_frozen)) {
        return CT_FROZEN;
    }
    ct_note_protection();
    if (!ct_lock_take(&ct_classes_lock, CT_CALLER_PATIENCE)) {
        return CT_FROZEN;
    }
    ct_class *class = ct_class_obtain(key);
    ct_tracking_result result = class == NULL ? CT_TOO_MANY : CT_OK;
    ct_guard guard;
    // A descriptor's library may have been unloaded, or replaced by another one.
    if (class != NULL && is_descriptor) {
        result = ct_guard_enter(&guard) != 0 ? CT_GONE : CT_OK;
        if (result == CT_OK) {
            class->is_descriptor = 1;
            ct_class_renew(class);
            if (ct_context_identity(key) != identity) {
                result = CT_GONE;
            }
            ct_guard_leave(&guard);
        }
    }
    if (result == CT_OK) {
        size_t index = registry->index;
        uint32_t before = atomic_load(&class->rule[index]), flags_before = class->flags[index];
        class->is_descriptor = is_descriptor;
        if (!is_descriptor) {
            ct_class_renew(class);
        }
        class->decided |= 1u << index;
        class->flags[index] = flags;
        atomic_store(&class->rule[index], rule);
        if (!is_descriptor) {
            result = apply_rules(class);
        }
        if (result == CT_OK) {
            atomic_fetch_or(&watching, 1u << index);
        } else {
            atomic_store(&class->rule[index], before);
            class->flags[index] = flags_before;
        }
        apply_rules_to_all();
    }
    ct_lock_leave(&ct_classes_lock);
    return result;
}

int ct_class_is_decided(ct_registry *registry, uintptr_t key, uint64_t identity) {
    if (ct_tracking_is_forked() || !ct_lock_take(&ct_classes_lock, CT_CALLER_PATIENCE)) {
        return -1;
    }
    const ct_class *class = ct_class_find(key);
    int is_decided = class != NULL && class->identity == identity && (class->decided >> registry->index & 1) != 0;
    ct_lock_leave(&ct_classes_lock);
    return is_decided;
}

int ct_unwatch_class(ct_registry *registry, uintptr_t key) {
    int was_watched = 0;
    if (ct_tracking_is_forked() || !ct_lock_take(&ct_classes_lock, CT_CALLER_PATIENCE)) {
        return 0;
    }
    ct_class *class = ct_class_find(key);
    if (class != NULL && atomic_exchange(&class->rule[registry->index], 0) != 0) {
        was_watched = 1;
        unsigned any = 0;
        for (size_t index = 0; index < ct_class_count; index++) {
            any |= atomic_load(&ct_class_at(index)->rule[registry->index]);
        }
        if (any == 0) {
            atomic_fetch_and(&watching, ~(1u << registry->index));
        }
        apply_rules_to_all();
    }
    ct_lock_leave(&ct_classes_lock);
    return was_watched;
}

static void forget_within_loader(void *context) {
    ct_registry *registry = context;
    unsigned bit = 1u << registry->index;
    atomic_fetch_and(&watching, ~bit);
    for (size_t index = 0; index < ct_class_count; index++) {
        ct_class *class = ct_class_at(index);
        atomic_store(&class->rule[registry->index], 0);
        class->decided &= ~bit;
        class->refusal = CT_NOT_REFUSED;
        atomic_fetch_and(&class->births, ~bit);
        atomic_fetch_and(&class->deaths, ~bit);
        if (atomic_load(&class->deaths) == 0 && class->is_patched) {
            ct_class_restore(class);
        }
    }
}

void ct_classes_forget(ct_registry *registry) {
    if (!ct_lock_take(&ct_classes_lock, CT_CALLER_PATIENCE)) {
        return;
    }
    // No library can be unloaded between the check of a word and its restoration.
    ct_with_loader(forget_within_loader, registry);
    ct_forget_untracked();
    ct_lock_leave(&ct_classes_lock);
}

size_t ct_registry_freeze(ct_registry *registry, void **kept, size_t capacity) {
    if (ct_tracking_is_forked()) {
        return 0;
    }
    if (!ct_registry_end_recording(registry)) {
        ct_classes_forget(registry);
    }
    return ct_registry_take_kept(registry, kept, capacity);
}

int ct_watches_births(void) { return atomic_load(&watching) != 0; }

size_t ct_take_refused_classes(ct_refused_class *classes, size_t capacity) {
    size_t count = 0;
    if (atomic_load_explicit(&has_untold, memory_order_relaxed) == 0 || ct_tracking_is_forked()
        || !ct_lock_take(&ct_classes_lock, CT_CALLER_PATIENCE)) {
        return 0;
    }
    atomic_store(&has_untold, 0);
    for (size_t index = 0; index < ct_class_count; index++) {
        ct_class *class = ct_class_at(index);
        if (class->refusal != CT_REFUSED) {
            continue;
        }
        if (count == capacity) {
            atomic_store(&has_untold, 1);
            break;
        }
        class->refusal = CT_REFUSAL_TOLD;
        classes[count++] = (ct_refused_class){class->key, class->identity};
    }
    ct_lock_leave(&ct_classes_lock);
    return count;
}

// MARK: Births

/// Applies the rules to a class whose object is being created. The caller holds the lock.
///
/// - Returns: Whether the class is observed.
static int is_observed(ct_class *class) {
    ct_tracking_result result = apply_rules(class);
    if (result == CT_READ_ONLY && class->refusal == CT_NOT_REFUSED) {
        class->refusal = CT_REFUSED;
        atomic_store(&has_refused, 1);
        atomic_store(&has_untold, 1);
    }
    return result == CT_OK;
}

ct_class *ct_class_meet(uintptr_t metadata, int *is_settled) {
    *is_settled = !is_watched(metadata);
    if (*is_settled) {
        return NULL;
    }
    if (!ct_lock_take(&ct_classes_lock, CT_HOST_PATIENCE)) {
        note_missed_birth(metadata);
        return NULL;
    }
    ct_class *class = ct_class_obtain(metadata);
    *is_settled = class == NULL || !is_observed(class);
    ct_lock_leave(&ct_classes_lock);
    return *is_settled ? NULL : class;
}

unsigned ct_class_meet_again(ct_class *class) {
    if (!ct_lock_take(&ct_classes_lock, CT_HOST_PATIENCE)) {
        note_missed_birth(class->key);
        return 0;
    }
    if (!is_observed(class)) {
        atomic_store(&class->births, 0);
    }
    ct_lock_leave(&ct_classes_lock);
    return atomic_load_explicit(&class->births, memory_order_acquire);
}
