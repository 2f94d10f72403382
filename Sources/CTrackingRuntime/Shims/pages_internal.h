#ifndef CT_PAGES_INTERNAL_H
#define CT_PAGES_INTERNAL_H

#include "pages.h"

#pragma GCC visibility push(hidden)

/// Maps zeroed pages for this process alone; null if the kernel gives none.
void *ct_map(size_t bytes);

/// Populates the whole pages of a range that is about to be written: one call instead of one fault a page.
void ct_populate(void *memory, size_t bytes);

/// Indicates whether the kernel populates each new mapping immediately, as after mlockall(MCL_FUTURE).
int ct_locks_mappings(void);

#pragma GCC visibility pop

#endif
