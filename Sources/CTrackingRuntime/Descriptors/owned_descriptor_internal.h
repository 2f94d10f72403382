#ifndef CTRACKING_OWNED_DESCRIPTOR_INTERNAL_H
#define CTRACKING_OWNED_DESCRIPTOR_INTERNAL_H

#include "../include/owned_descriptor.h"

#include <signal.h>

#pragma GCC visibility push(hidden)

/// Creates a file in memory.
int ct_descriptor_memory(const char *name, ct_descriptor *opened);
/// Takes ownership of a descriptor that a system call has just returned.
int ct_descriptor_adopt(int number, ct_lifetime lifetime, ct_descriptor *opened);
int64_t ct_descriptor_write_at(ct_descriptor descriptor, const void *bytes, size_t count, int64_t offset);
void *ct_descriptor_map(
    ct_descriptor descriptor, void *address, size_t count, int protection, int flags);

/// Waits until the process of a pidfd has ended: returns 1, 0 on timeout, or -1 and sets errno.
int ct_descriptor_await_end(ct_descriptor process, int milliseconds);
int ct_descriptor_signal(ct_descriptor process, int signal);
/// waitid(2).
int ct_descriptor_wait(ct_descriptor process, siginfo_t *end, int options);
/// Closes all descriptors. For a copy of the process, which owns none.
void ct_descriptors_close_all(void);

#pragma GCC visibility pop

#endif
