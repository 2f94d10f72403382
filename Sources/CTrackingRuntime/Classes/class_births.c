#define _GNU_SOURCE
#include "classes_internal.h"

#include "../Shims/shims_internal.h"
#include "forks.h"

typedef void *allocate_function(const void *, size_t, size_t);
typedef void deallocate_function(void *, const void *, size_t, size_t);

extern void *swift_retain(void *object);
extern void swift_release(void *object);

static _Atomic(allocate_function *) original_allocate;
static _Atomic(deallocate_function *) original_deallocate_partial;
static _Atomic(uint32_t (*)(uintptr_t)) intern_trace;

void ct_set_originals(void *allocate, void *deallocate_partial) {
    atomic_store(&original_allocate, (allocate_function *)allocate);
    atomic_store(&original_deallocate_partial, (deallocate_function *)deallocate_partial);
}

void ct_set_tracing(uint32_t (*intern)(uintptr_t frame)) { atomic_store(&intern_trace, intern); }

uint32_t ct_birth_trace(uintptr_t frame) {
    uint32_t (*intern)(uintptr_t) = atomic_load_explicit(&intern_trace, memory_order_acquire);
    return intern == NULL ? 0 : intern(frame);
}

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
            trace = ct_birth_trace(frame);
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
    // Read before the rules: if a rule is added meanwhile, the entry stored under this generation is ignored.
    uintptr_t mark = (uintptr_t)metadata | atomic_load(&ct_rules_generation);
    allocate_function *allocate = atomic_load_explicit(&original_allocate, memory_order_relaxed);
    size_t place = ct_untracked_place((uintptr_t)metadata);
    // In a forked child, locks may be held by threads that do not exist there.
    if (atomic_load_explicit(&ct_untracked[place ^ 1], memory_order_relaxed) == mark || ct_tracking_is_forked()) {
        return allocate(metadata, size, alignment_mask);
    }
    ct_class *class = ct_is_class((uintptr_t)metadata) ? ct_class_find((uintptr_t)metadata) : NULL;
    unsigned births = class == NULL ? 0 : atomic_load_explicit(&class->births, memory_order_acquire);
    int is_settled = 1;
    if (births != 0 && __builtin_expect(ct_class_is_new(class), 0)) {
        births = ct_class_meet_again(class);
    }
    if (births == 0 && ct_is_class((uintptr_t)metadata)
        && (class = ct_class_meet((uintptr_t)metadata, &is_settled)) != NULL) {
        births = atomic_load_explicit(&class->births, memory_order_acquire);
    }
    if (births == 0 && is_settled) {
        // Use the neighboring place if another class has this one, so that both are stored.
        int is_taken = atomic_load_explicit(&ct_untracked[place], memory_order_relaxed) >> CT_GENERATION_SHIFT
            == mark >> CT_GENERATION_SHIFT;
        atomic_store_explicit(&ct_untracked[place ^ (size_t)is_taken], mark, memory_order_relaxed);
        return allocate(metadata, size, alignment_mask);
    }
    void *object = allocate(metadata, size, alignment_mask);
    if (births != 0 && ct_own_depth == 0) {
        record_birth(class, births, object, frame);
    }
    return object;
}

void *ct_allocate_object(const void *metadata, size_t size, size_t alignment_mask) {
    uintptr_t mark = (uintptr_t)metadata | atomic_load_explicit(&ct_rules_generation, memory_order_relaxed);
    if (__builtin_expect(
            atomic_load_explicit(&ct_untracked[ct_untracked_place((uintptr_t)metadata)], memory_order_relaxed) == mark, 1)) {
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
