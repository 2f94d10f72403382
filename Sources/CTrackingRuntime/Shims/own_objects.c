// Marks what a thread allocates as the tracker's own, which is not tracked.

#include "shims_internal.h"

#include "threads.h"

/// How often the thread was told that what it creates is the tracker's, without being told the end of it.
CT_THREAD_STATE unsigned ct_own_depth;

void ct_own_objects(void) { ct_own_depth++; }

void ct_end_own_objects(void) { ct_own_depth--; }

unsigned ct_exchange_own_objects(unsigned depth) {
    unsigned before = ct_own_depth;
    ct_own_depth = depth;
    return before;
}
