#ifndef CT_PAGES_INTERNAL_H
#define CT_PAGES_INTERNAL_H

#include "pages.h"

#pragma GCC visibility push(hidden)

/// Maps zeroed pages for this process alone; null where the kernel gives none.
void *ct_map(size_t bytes);

/// Puts memory behind the whole pages of a range that is about to be written: one call instead of one fault a page.
void ct_populate(void *memory, size_t bytes);

/// Whether the kernel puts memory behind each new mapping at once, as after mlockall(MCL_FUTURE).
int ct_locks_mappings(void);

#pragma GCC visibility pop

#endif
