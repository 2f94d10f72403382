#ifndef CTRACKING_CLOCKS_H
#define CTRACKING_CLOCKS_H

#include <stdint.h>

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

/// Returns the nanoseconds of CLOCK_MONOTONIC. Safe in a signal handler.
uint64_t ct_monotonic_nanoseconds(void);

/// Returns the clock of births and deaths: the processor's counter, which one instruction reads.
uint64_t ct_ticks(void);

/// Indicates whether the counter runs at one rate on all processors. If not, `ct_ticks` is CLOCK_MONOTONIC.
int ct_ticks_are_steady(void);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
