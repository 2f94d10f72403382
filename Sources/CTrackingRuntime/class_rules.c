#define _GNU_SOURCE
#include "classes_internal.h"

typedef void *allocate_function(const void *, size_t, size_t);
typedef void deallocate_function(void *, const void *, size_t, size_t);

extern void *swift_retain(void *object);
extern void swift_release(void *object);

static ct_lock classes_lock;
/// Registries with any rule.
static atomic_uint watching;

// MARK: Classes that nobody watches

// Which classes are not tracked is remembered in a table without collisions: a place has one class or two take turns.
// With the class stands the generation of the rules, so that a rule makes all that was remembered before it worthless.
enum { UNTRACKED_BITS = 12, GENERATION_SHIFT = 48 };

static _Atomic uintptr_t untracked[1 << UNTRACKED_BITS];
static _Atomic uintptr_t generation = (uintptr_t)1 << GENERATION_SHIFT;

static inline size_t place_of(uintptr_t metadata) {
    return (metadata >> 4 ^ metadata >> (4 + UNTRACKED_BITS)) & ((1 << UNTRACKED_BITS) - 1);
}

static void renew_generation(void) {
    uintptr_t before = atomic_fetch_add(&generation, (uintptr_t)1 << GENERATION_SHIFT);
    if (before + ((uintptr_t)1 << GENERATION_SHIFT) < before) {
        // It begins anew: what has stood in its place since the last time must not count again.
        for (size_t place = 0; place < 1 << UNTRACKED_BITS; place++) {
            atomic_store_explicit(&untracked[place], 0, memory_order_relaxed);
        }
    }
}

/// What says how instances of a class are tracked in a registry: the rule of the most specialised class that has one.
///
/// Also of a class whose superclass was in a library that is gone, within a guard.
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

/// Counts a birth that is not recorded, where it should have been.
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

/// Applies the rules to a class. The lock is held.
static ct_tracking_result apply_rules(ct_class *class) {
    unsigned births = 0;
    for (size_t index = 0; index < CT_REGISTRIES; index++) {
        ct_registry *registry = ct_registry_at(index);
        ct_class *ruling = registry == NULL ? NULL : ruling_class(class->key, index);
        if (ruling == NULL) {
            continue;
        }
        uint32_t kind = ct_registry_kind(registry, class->key, atomic_load(&ruling->rule[index]), ruling->flags[index]);
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
        // Deaths first: an object must not be born that can die unseen.
        atomic_fetch_or(&class->deaths, births);
        ct_tracking_result result = ct_class_patch(class);
        if (result != CT_OK) {
            return result;
        }
    }
    atomic_store_explicit(&class->births, births, memory_order_release);
    return CT_OK;
}

static void apply_rules_to_all(void) {
    ct_guard guard;
    // Without it nothing is lost but the rules of classes that were met before.
    int is_guarded = ct_guard_enter(&guard) == 0;
    for (size_t index = 0; index < ct_class_count; index++) {
        ct_class *class = ct_class_at(index);
        // Descriptors have no instances, and no word that could be patched; nor has a library that was unloaded, where
        // something else may lie by now.
        if (is_guarded && !class->is_descriptor && ct_is_writable((uintptr_t *)class->key + DESTROY)
            && (!class->is_patched || ct_class_is_there(class))) {
            (void)apply_rules(class);
        }
    }
    if (is_guarded) {
        ct_guard_leave(&guard);
    }
    renew_generation();
}

ct_tracking_result ct_watch_class(
    ct_registry *registry, uintptr_t key, int is_descriptor, uint32_t rule, uint32_t flags) {
    if (ct_tracking_is_forked() || atomic_load(&registry->is_frozen) || !ct_lock_take(&classes_lock, CT_CALLER_PATIENCE)) {
        return CT_FROZEN;
    }
    ct_class *class = ct_class_obtain(key);
    ct_tracking_result result = class == NULL ? CT_TOO_MANY : CT_OK;
    if (class != NULL) {
        size_t index = registry->index;
        uint32_t before = atomic_load(&class->rule[index]), flags_before = class->flags[index];
        class->flags[index] = flags;
        atomic_store(&class->rule[index], rule);
        class->is_descriptor = is_descriptor;
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
    ct_lock_leave(&classes_lock);
    return result;
}

int ct_unwatch_class(ct_registry *registry, uintptr_t key) {
    int was_watched = 0;
    if (ct_tracking_is_forked() || !ct_lock_take(&classes_lock, CT_CALLER_PATIENCE)) {
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
    ct_lock_leave(&classes_lock);
    return was_watched;
}

void ct_classes_forget(ct_registry *registry) {
    unsigned bit = 1u << registry->index;
    if (!ct_lock_take(&classes_lock, CT_CALLER_PATIENCE)) {
        return;
    }
    atomic_fetch_and(&watching, ~bit);
    for (size_t index = 0; index < ct_class_count; index++) {
        ct_class *class = ct_class_at(index);
        atomic_store(&class->rule[registry->index], 0);
        atomic_fetch_and(&class->births, ~bit);
        atomic_fetch_and(&class->deaths, ~bit);
        if (atomic_load(&class->deaths) == 0 && class->is_patched) {
            ct_class_restore(class);
        }
    }
    renew_generation();
    ct_lock_leave(&classes_lock);
}

int ct_watches_births(void) { return atomic_load(&watching) != 0; }

/// A class that is met for the first time since a rule was made.
///
/// - Parameter is_settled: Whether it is known for good that its instances are not tracked.
static __attribute__((noinline)) ct_class *meet(uintptr_t metadata, int *is_settled) {
    *is_settled = !is_watched(metadata);
    if (*is_settled) {
        return NULL;
    }
    if (!ct_lock_take(&classes_lock, CT_HOST_PATIENCE)) {
        note_missed_birth(metadata);
        return NULL;
    }
    ct_class *class = ct_class_obtain(metadata);
    *is_settled = class == NULL || apply_rules(class) != CT_OK;
    ct_lock_leave(&classes_lock);
    return *is_settled ? NULL : class;
}

// MARK: Objects

int ct_follow_class(ct_registry *registry, uintptr_t metadata) {
    if (ct_tracking_is_forked() || atomic_load(&registry->is_frozen) || !ct_lock_take(&classes_lock, CT_CALLER_PATIENCE)) {
        return 0;
    }
    ct_class *class = ct_class_obtain(metadata);
    if (class != NULL) {
        atomic_fetch_or(&class->deaths, 1u << registry->index);
    }
    int is_followed = class != NULL && ct_class_patch(class) == CT_OK;
    ct_lock_leave(&classes_lock);
    return is_followed;
}

static ct_tracking_result kind_for(
    ct_registry *registry, const void *object, uint32_t rule, uint32_t flags, uint32_t *kind) {
    if (ct_tracking_is_forked() || atomic_load(&registry->is_frozen) || !ct_lock_take(&classes_lock, CT_CALLER_PATIENCE)) {
        return CT_FROZEN;
    }
    ct_class *class = ct_class_obtain(*(const uintptr_t *)object);
    ct_tracking_result result = class == NULL ? CT_TOO_MANY : CT_OK;
    if (class != NULL) {
        *kind = ct_registry_kind(registry, class->key, rule, flags);
        if (flags & CT_KEEP) {
            atomic_store(&class->is_kept, 1);
        }
        atomic_fetch_or(&class->deaths, 1u << registry->index);
        result = *kind == 0 ? CT_TOO_MANY : ct_class_patch(class);
    }
    ct_lock_leave(&classes_lock);
    return result;
}

ct_tracking_result ct_track_object(ct_registry *registry, void *object, uint32_t rule, uint32_t flags) {
    uint32_t kind = 0;
    ct_tracking_result result = kind_for(registry, object, rule, flags, &kind);
    if (result == CT_OK) {
        ct_record record = {(uintptr_t)object, kind, 0, flags & CT_KEEP ? CT_KEPT : 0};
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

// MARK: Hooks

static _Atomic(allocate_function *) original_allocate;
static _Atomic(deallocate_function *) original_deallocate_partial;
static _Atomic(uint32_t (*)(uintptr_t)) intern_trace;

void ct_set_originals(void *allocate, void *deallocate_partial) {
    atomic_store(&original_allocate, (allocate_function *)allocate);
    atomic_store(&original_deallocate_partial, (deallocate_function *)deallocate_partial);
}

void ct_set_tracing(uint32_t (*intern)(uintptr_t frame)) { atomic_store(&intern_trace, intern); }

static void record_birth(ct_class *class, unsigned registries, void *object, uintptr_t frame) {
    uint32_t trace = 0;
    for (; registries != 0; registries &= registries - 1) {
        size_t index = (size_t)__builtin_ctz(registries);
        ct_registry *registry = ct_registry_at(index);
        uint32_t kind = atomic_load_explicit(&class->kind[index], memory_order_acquire);
        if (registry == NULL || atomic_load_explicit(&registry->is_frozen, memory_order_relaxed)) {
            continue;
        }
        uint32_t flags = registry->kinds[kind & 0xFFFF].flags;
        if (flags & CT_TRACE && trace == 0) {
            uint32_t (*intern)(uintptr_t) = atomic_load_explicit(&intern_trace, memory_order_acquire);
            trace = intern == NULL ? 0 : intern(frame);
        }
        ct_record birth = {
            (uintptr_t)object, kind, flags & CT_TRACE ? trace : 0, CT_BIRTH | (flags & CT_KEEP ? CT_KEPT : 0)};
        ct_tracking_result result = ct_registry_insert(registry, &birth);
        if (result == CT_OK && flags & CT_KEEP) {
            (void)swift_retain(object);
        }
    }
}

static __attribute__((noinline)) void *allocate_slowly(
    const void *metadata, size_t size, size_t alignment_mask, uintptr_t frame) {
    // Before the rules are looked at: if one is made meanwhile, what is remembered under this generation is worth nothing.
    uintptr_t mark = (uintptr_t)metadata | atomic_load(&generation);
    allocate_function *allocate = atomic_load_explicit(&original_allocate, memory_order_relaxed);
    size_t place = place_of((uintptr_t)metadata);
    // In a forked child locks may be held by threads that it does not have.
    if (atomic_load_explicit(&untracked[place ^ 1], memory_order_relaxed) == mark || ct_tracking_is_forked()) {
        return allocate(metadata, size, alignment_mask);
    }
    ct_class *class = ct_is_class((uintptr_t)metadata) ? ct_class_find((uintptr_t)metadata) : NULL;
    unsigned births = class == NULL ? 0 : atomic_load_explicit(&class->births, memory_order_acquire);
    int is_settled = 1;
    if (births == 0 && ct_is_class((uintptr_t)metadata)
        && (class = meet((uintptr_t)metadata, &is_settled)) != NULL) {
        births = atomic_load_explicit(&class->births, memory_order_acquire);
    }
    if (births == 0 && is_settled) {
        // Beside it if another one is there, that both have a place.
        int is_taken = atomic_load_explicit(&untracked[place], memory_order_relaxed) >> GENERATION_SHIFT
            == mark >> GENERATION_SHIFT;
        atomic_store_explicit(&untracked[place ^ (size_t)is_taken], mark, memory_order_relaxed);
        return allocate(metadata, size, alignment_mask);
    }
    void *object = allocate(metadata, size, alignment_mask);
    if (births != 0) {
        record_birth(class, births, object, frame);
    }
    return object;
}

void *ct_allocate_object(const void *metadata, size_t size, size_t alignment_mask) {
    uintptr_t mark = (uintptr_t)metadata | atomic_load_explicit(&generation, memory_order_relaxed);
    if (__builtin_expect(
            atomic_load_explicit(&untracked[place_of((uintptr_t)metadata)], memory_order_relaxed) == mark, 1)) {
        return atomic_load_explicit(&original_allocate, memory_order_relaxed)(metadata, size, alignment_mask);
    }
    return allocate_slowly(metadata, size, alignment_mask, (uintptr_t)__builtin_frame_address(0));
}

void ct_deallocate_partial_instance(void *object, const void *metadata, size_t size, size_t alignment_mask) {
    ct_class *class = ct_class_find(*(const uintptr_t *)object);
    if (class != NULL && !ct_tracking_is_forked()) {
        for (int retains = ct_record_death(class, object, 1); retains > 0; retains--) {
            swift_release(object);
        }
    }
    atomic_load(&original_deallocate_partial)(object, metadata, size, alignment_mask);
}
