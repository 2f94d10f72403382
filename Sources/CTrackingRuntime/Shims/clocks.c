#define _GNU_SOURCE
// The two clocks: nanoseconds of CLOCK_MONOTONIC, and ticks, which are cheap enough for each birth.

#include "clocks.h"

#include "../Architecture/architecture_internal.h"

#include <time.h>

uint64_t ct_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/// Negative until determined.
static int steady = -1;

int ct_ticks_are_steady(void) {
    if (steady < 0) {
        steady = ct_has_steady_counter();
    }
    return steady;
}

uint64_t ct_ticks(void) { return steady > 0 ? ct_counter() : ct_monotonic_nanoseconds(); }
