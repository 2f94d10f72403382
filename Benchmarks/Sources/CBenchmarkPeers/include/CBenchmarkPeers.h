#ifndef CBENCHMARK_PEERS_H
#define CBENCHMARK_PEERS_H

// What the library is compared with: the same work in bare C, and counters that only C can keep.

// For malloc_usable_size, which Swift's module of the C library lacks.
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>

// MARK: One sample

/// Opens the descriptors of `bp_sample` and keeps them; returns 0, or the errno of the failure.
int bp_open_sample(void);

/// One `pread` of `/proc/self/status` and one `write` of "5" to `/proc/self/clear_refs`, `count` times.
///
/// - Returns: Bytes read by the last one; -1 after a failure.
long bp_sample(int count);

/// Maps, touches and unmaps so many pages, which leaves the kernel's high-water mark above the resident set.
void bp_raise_mark(size_t pages);

/// A spike: maps and touches `bytes`, holds them for so many microseconds, unmaps them.
///
/// - Returns: 0, or the errno of the failure.
int bp_spike(size_t bytes, unsigned microseconds);

// MARK: Lines in a file

/// Number of integers in a line of `bp_write_line`.
#define BP_LINE_INTEGERS 16

/// Formats one line with the keys of a sample and writes it with one `write`.
///
/// - Parameters:
///   - sequence: The value of `seq`.
///   - t_microseconds: The value of `t_seconds`, in microseconds.
///   - unix_microseconds: The value of `unix_seconds`, in microseconds.
///   - values: `BP_LINE_INTEGERS` values.
/// - Returns: Bytes of the line; -1 after a failure.
int bp_write_line(int descriptor, int64_t sequence, int64_t t_microseconds, int64_t unix_microseconds,
                  const int64_t *_Nonnull values);

/// Writes the same bytes `count` times with one `write` each; returns 0, or the errno of the failure.
int bp_write_bytes(int descriptor, const void *_Nonnull bytes, size_t length, int count);

// MARK: The journal

/// Loads libsystemd; returns 0, or -1 where there is none.
int bp_journal_open(void);

/// Keeps the fields of one entry, given as lines `NAME=value`; returns their number, or -1 when they are too many.
int bp_journal_prepare(const void *_Nonnull lines, size_t length);

/// `sd_journal_sendv` of the kept fields; returns what it returns.
int bp_journal_send(void);

/// A datagram socket bound to `path`; its descriptor, or the negative errno of the failure.
int bp_datagram_socket(const char *_Nonnull path);

/// Receives and forgets everything that comes to the socket, on a thread of its own that allocates nothing.
///
/// - Returns: 0, or the error of pthread_create.
int bp_drain(int descriptor);

// MARK: Copies of the process

/// clone(2) without flags, as fork(2) would call it but for its handlers; the copy ends at once.
///
/// - Returns: Nanoseconds that the call took; -1 after a failure.
int64_t bp_clone(void);

/// Maps memory and touches each of its pages, none of them a huge one.
void *_Nullable bp_fill(size_t bytes);

/// Unmaps it.
void bp_release(void *_Nonnull start, size_t bytes);

// MARK: Allocations

/// Threads that have allocated so far, ended ones included.
///
/// Linking this target interposes malloc, calloc, realloc, aligned_alloc, memalign and posix_memalign for the whole
/// program.
int bp_allocation_threads(void);

/// The kernel's identifier of the thread with this index.
int bp_allocation_thread(int index);

/// Heap allocations of the thread with this index since it began.
uint64_t bp_allocations(int index);

/// Identifier of the calling thread.
int bp_current_thread(void);

#endif
