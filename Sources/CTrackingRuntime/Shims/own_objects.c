// Marks the objects that a thread creates as the tracker's own, which are not tracked.

#include "shims_internal.h"

#include "threads.h"

/// The number of nested sections in which the thread's new objects belong to the tracker.
CT_THREAD_STATE unsigned ct_own_depth;

void ct_own_objects(void) { ct_own_depth++; }

void ct_end_own_objects(void) { ct_own_depth--; }

unsigned ct_exchange_own_objects(unsigned depth) {
    unsigned before = ct_own_depth;
    ct_own_depth = depth;
    return before;
}
