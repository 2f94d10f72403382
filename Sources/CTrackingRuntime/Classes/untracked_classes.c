// Caches which classes are not tracked, so that most allocations cost one comparison.

#include "classes_internal.h"

_Atomic uintptr_t ct_untracked[1 << CT_UNTRACKED_BITS];
_Atomic uintptr_t ct_rules_generation = (uintptr_t)1 << CT_GENERATION_SHIFT;

void ct_forget_untracked(void) {
    uintptr_t before = atomic_fetch_add(&ct_rules_generation, (uintptr_t)1 << CT_GENERATION_SHIFT);
    if (before + ((uintptr_t)1 << CT_GENERATION_SHIFT) < before) {
        // The generation wraps around: old entries with the same generation must not match.
        for (size_t place = 0; place < 1 << CT_UNTRACKED_BITS; place++) {
            atomic_store_explicit(&ct_untracked[place], 0, memory_order_relaxed);
        }
    }
}
