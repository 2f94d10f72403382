#ifndef CTRACKING_OWNED_DESCRIPTOR_H
#define CTRACKING_OWNED_DESCRIPTOR_H

// Descriptors of ours in a process of others.
//
// A host may close every descriptor that it does not know (closefrom(3), a loop over close(2), a library that makes a daemon),
// and the kernel gives the numbers to whatever the host opens next: its database, a client's connection. So each call
// below first compares what the number means now with what was opened, and touches nothing else. All other code of this
// package that runs in a host uses descriptors by these calls only; a test looks for calls that do not.
//
// What is compared: file system, inode, type and time of birth for every use; for closing, locking and unlocking also a mark
// on the open file itself (the signal of F_SETSIG, which means nothing without O_ASYNC), which tells our opening of a file
// from the host's opening of the same file, and one pidfd from another where all have one inode.
//
// Between the comparison and the call is a window of some 100 ns. It takes a host that closes our number and opens something
// at it within that time. Descriptors that are kept have high numbers, which the kernel gives out last: the host
// would have to open several hundred others first, or name the number itself. What is written to the rolling file goes by
// pwrite(2) with an offset: a file in append mode takes no notice of it, while sockets, pipes and terminals refuse it.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(hidden)

/// A descriptor, and what tells it from whatever its number means later.
typedef struct {
    /// Negative where there is none.
    int number;
    /// The bits of S_IFMT.
    uint32_t type;
    uint64_t device, inode;
    /// Nanoseconds since 1970; 0 where the file system does not know.
    int64_t birth;
    /// The open file has our mark.
    int is_marked;
    /// Somebody else closes it.
    int is_borrowed;
} ct_descriptor;

/// How long a descriptor is meant to be open: until the end of a function, or for longer, at a high number.
typedef enum { CT_BRIEF, CT_LASTING } ct_lifetime;

// MARK: Opening. Each returns 0 or an errno. O_CLOEXEC is added.

int ct_descriptor_open(
    const char *_Nonnull path, int flags, unsigned mode, ct_lifetime lifetime, ct_descriptor *_Nonnull opened);
/// Opens a file that /proc has of this process, by the calling thread: where the main thread has ended with pthread_exit, what
/// stands below /proc/self is that of a dead thread, which has no memory. What is opened ends with the calling thread: from then
/// on reading gives ESRCH, and it is opened again.
int ct_descriptor_open_proc(
    const char *_Nonnull name, int flags, ct_lifetime lifetime, ct_descriptor *_Nonnull opened);
/// Opens a name in a directory.
int ct_descriptor_open_in(
    ct_descriptor directory, const char *_Nonnull name, int flags, unsigned mode, ct_lifetime lifetime,
    ct_descriptor *_Nonnull opened);
int ct_descriptor_socket(int domain, int type, ct_lifetime lifetime, ct_descriptor *_Nonnull opened);
/// One that somebody else opened and closes, as standard input.
int ct_descriptor_borrow(int number, ct_descriptor *_Nonnull borrowed);

/// Closes it where the number still means it.
void ct_descriptor_close(ct_descriptor descriptor);

// MARK: Use. Each fails with EBADF, and has done nothing, where the number does not mean the descriptor any more.

/// Whether the number still means the same file.
int ct_descriptor_is_ours(ct_descriptor descriptor);

int64_t ct_descriptor_read(ct_descriptor descriptor, void *_Nullable bytes, size_t count);
int64_t ct_descriptor_read_at(ct_descriptor descriptor, void *_Nullable bytes, size_t count, int64_t offset);
int64_t ct_descriptor_write(ct_descriptor descriptor, const void *_Nullable bytes, size_t count);
/// Writes to the end of a file that was opened with O_APPEND; ESTALE where it has become shorter than `least` bytes.
int64_t ct_descriptor_append(ct_descriptor descriptor, const void *_Nullable bytes, size_t count, int64_t least);
/// Sends a datagram, without SIGPIPE.
int64_t ct_descriptor_send(ct_descriptor descriptor, const void *_Nullable bytes, size_t count);
int64_t ct_descriptor_send_to(
    ct_descriptor descriptor, const void *_Nullable bytes, size_t count, const void *_Nonnull address,
    unsigned length);
/// The address is a struct sockaddr.
int ct_descriptor_connect(ct_descriptor descriptor, const void *_Nonnull address, unsigned length);
/// Sets how long one sending may wait.
int ct_descriptor_set_patience(ct_descriptor descriptor, long microseconds);

/// fstat(2), into a struct stat.
int ct_descriptor_status(ct_descriptor descriptor, void *_Nonnull status);
/// Where in the file reading goes on; -1 and errno.
int64_t ct_descriptor_seek(ct_descriptor descriptor, int64_t offset, int whence);
/// flock(2).
int ct_descriptor_lock(ct_descriptor descriptor, int operation);
/// fdatasync(2), or fsync(2) where `with_status` is set.
int ct_descriptor_sync(ct_descriptor descriptor, int with_status);
int ct_descriptor_set_mode(ct_descriptor descriptor, unsigned mode);

// MARK: Directories

/// As getdents64(2).
int64_t ct_descriptor_entries(ct_descriptor directory, void *_Nonnull buffer, size_t count);
/// What a name means, into a struct stat, without following a link.
int ct_descriptor_status_in(ct_descriptor directory, const char *_Nonnull name, void *_Nonnull status);
int ct_descriptor_remove_in(ct_descriptor directory, const char *_Nonnull name);
/// Renames `from` to `to`, and fails with EEXIST where rename(2) would replace `to`.
///
/// A rotation must never replace an earlier rotated file, and checking first would leave a gap between the check and
/// the rename.
int ct_descriptor_rename_in(ct_descriptor directory, const char *_Nonnull from, const char *_Nonnull to);

/// Whether the process can open some more descriptors now.
int ct_descriptors_are_left(void);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
