#ifndef CTRACKING_OWNED_DESCRIPTOR_H
#define CTRACKING_OWNED_DESCRIPTOR_H

// File descriptors that the tracker owns in a process of the host's.
//
// A host may close every descriptor that it does not know (closefrom(3), a loop over close(2), a library that
// daemonizes), and the kernel gives the numbers to the next files that the host opens: its database, a client's
// connection. So each function below first checks that the number still refers to the file that was opened, and uses no
// other. All other code of this package that runs in a host uses descriptors through these functions only; a test
// enforces it.
//
// Every use compares file system, inode, type and time of birth. Closing, locking and unlocking also compare a mark on
// the open file (the signal of F_SETSIG, which has no effect without O_ASYNC). The mark distinguishes our opening of a
// file from the host's opening of the same file, and one pidfd from another where all share one inode.
//
// Between the comparison and the call is a window of some 100 ns, in which the host would have to close our number and
// open another file at it. Descriptors that stay open have high numbers, which the kernel assigns last: the host would
// have to open several hundred others first, or request the number. The rolling file is written by pwrite(2) with an
// offset: a file in append mode ignores the offset, while sockets, pipes and terminals reject the call.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(hidden)

/// A descriptor, with the properties that identify its file.
typedef struct {
    /// The number; negative if there is none.
    int number;
    /// The bits of S_IFMT.
    uint32_t type;
    uint64_t device, inode;
    /// The time of birth in nanoseconds since 1970; 0 if the file system does not record it.
    int64_t birth;
    /// Indicates whether the open file has our mark.
    int is_marked;
    /// Indicates whether other code closes the descriptor.
    int is_borrowed;
} ct_descriptor;

/// The time for which a descriptor stays open: until the end of a function, or longer, at a high number.
typedef enum { CT_BRIEF, CT_LASTING } ct_lifetime;

// MARK: Opening. Each returns 0 or an errno. O_CLOEXEC is added.

int ct_descriptor_open(
    const char *_Nonnull path, int flags, unsigned mode, ct_lifetime lifetime, ct_descriptor *_Nonnull opened);
/// Opens a file of this process below /proc through the calling thread: after pthread_exit in the main thread,
/// /proc/self describes a dead thread, which has no memory. The file is valid until the calling thread ends; then
/// reading fails with ESRCH, and it must be opened again.
int ct_descriptor_open_proc(
    const char *_Nonnull name, int flags, ct_lifetime lifetime, ct_descriptor *_Nonnull opened);
/// Opens a name in a directory.
int ct_descriptor_open_in(
    ct_descriptor directory, const char *_Nonnull name, int flags, unsigned mode, ct_lifetime lifetime,
    ct_descriptor *_Nonnull opened);
int ct_descriptor_socket(int domain, int type, ct_lifetime lifetime, ct_descriptor *_Nonnull opened);
/// Describes a descriptor that other code opens and closes, such as standard input.
int ct_descriptor_borrow(int number, ct_descriptor *_Nonnull borrowed);

/// Closes the descriptor if the number still refers to its file.
void ct_descriptor_close(ct_descriptor descriptor);

// MARK: Use. Each function fails with EBADF and has no effect if the number no longer refers to the same file.

/// Indicates whether the number still refers to the same file.
int ct_descriptor_is_ours(ct_descriptor descriptor);

int64_t ct_descriptor_read(ct_descriptor descriptor, void *_Nullable bytes, size_t count);
int64_t ct_descriptor_read_at(ct_descriptor descriptor, void *_Nullable bytes, size_t count, int64_t offset);
int64_t ct_descriptor_write(ct_descriptor descriptor, const void *_Nullable bytes, size_t count);
/// Appends to a file that was opened with O_APPEND; fails with ESTALE if the file is now shorter than `least` bytes.
int64_t ct_descriptor_append(ct_descriptor descriptor, const void *_Nullable bytes, size_t count, int64_t least);
/// Sends a datagram, without SIGPIPE.
int64_t ct_descriptor_send(ct_descriptor descriptor, const void *_Nullable bytes, size_t count);
int64_t ct_descriptor_send_to(
    ct_descriptor descriptor, const void *_Nullable bytes, size_t count, const void *_Nonnull address,
    unsigned length);
/// Connects to an address, which is a struct sockaddr.
int ct_descriptor_connect(ct_descriptor descriptor, const void *_Nonnull address, unsigned length);
/// Sets the time for which one send may wait.
int ct_descriptor_set_patience(ct_descriptor descriptor, long microseconds);

/// fstat(2), into a struct stat.
int ct_descriptor_status(ct_descriptor descriptor, void *_Nonnull status);
/// Sets the offset at which reading continues, or returns -1 and sets errno.
int64_t ct_descriptor_seek(ct_descriptor descriptor, int64_t offset, int whence);
/// flock(2).
int ct_descriptor_lock(ct_descriptor descriptor, int operation);
/// fdatasync(2), or fsync(2) where `with_status` is set.
int ct_descriptor_sync(ct_descriptor descriptor, int with_status);
int ct_descriptor_set_mode(ct_descriptor descriptor, unsigned mode);

// MARK: Directories

/// Reads directory entries, as getdents64(2).
int64_t ct_descriptor_entries(ct_descriptor directory, void *_Nonnull buffer, size_t count);
/// Reads the status of a name into a struct stat, without following a link.
int ct_descriptor_status_in(ct_descriptor directory, const char *_Nonnull name, void *_Nonnull status);
int ct_descriptor_remove_in(ct_descriptor directory, const char *_Nonnull name);
/// Renames `from` to `to`, and fails with EEXIST where rename(2) would replace `to`.
///
/// A rotation must never replace an earlier rotated file, and checking first would leave a gap between the check and
/// the rename.
int ct_descriptor_rename_in(ct_descriptor directory, const char *_Nonnull from, const char *_Nonnull to);

/// Indicates whether the process can open some more descriptors now.
int ct_descriptors_are_left(void);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
