#define _GNU_SOURCE
#include "owned_descriptor_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

// System calls of Linux 5.1, 5.4 and 5.9; older headers lack them.
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
enum { BY_PIDFD = 3 };

// A real-time signal far from the first ones, which programs use.
enum { MARK = 62 };

// Ignored for a file in append mode; beyond the end of any other file.
static const off_t FAR_OFFSET = (off_t)1 << 62;

// MARK: The file of a number

/// Reads the status without the time of change: reading that makes the next write update it, which doubles its cost.
static int look(int number, ct_descriptor *seen, off_t *size) {
    struct statx found;
    unsigned wanted = STATX_TYPE | STATX_INO | STATX_BTIME | (size == NULL ? 0 : STATX_SIZE);
    int flags = AT_EMPTY_PATH | (size == NULL ? AT_STATX_DONT_SYNC : AT_STATX_SYNC_AS_STAT);
    if (statx(number, "", flags, wanted, &found) == 0) {
        seen->type = found.stx_mode & S_IFMT;
        seen->device = makedev(found.stx_dev_major, found.stx_dev_minor);
        seen->inode = found.stx_ino;
        seen->birth = (found.stx_mask & STATX_BTIME) == 0
            ? 0 : found.stx_btime.tv_sec * 1000000000 + found.stx_btime.tv_nsec;
        if (size != NULL) {
            *size = (off_t)found.stx_size;
        }
        return 1;
    }
    if (errno == EBADF) {
        return 0;
    }
    // A system call filter may reject statx.
    struct stat status;
    if (fstat(number, &status) != 0) {
        return 0;
    }
    seen->type = status.st_mode & S_IFMT;
    seen->device = status.st_dev;
    seen->inode = status.st_ino;
    seen->birth = 0;
    if (size != NULL) {
        *size = status.st_size;
    }
    return 1;
}

static int are_equal(const ct_descriptor *one, const ct_descriptor *other) {
    return one->inode == other->inode && one->device == other->device && one->type == other->type
        // A file system may report the birth at one time and not at another.
        && (one->birth == other->birth || one->birth == 0 || other->birth == 0);
}

static int is_same(ct_descriptor descriptor, off_t *size) {
    ct_descriptor now;
    if (descriptor.number >= 0 && look(descriptor.number, &now, size) && are_equal(&now, &descriptor)) {
        return 1;
    }
    errno = EBADF;
    return 0;
}

/// Indicates whether the descriptor refers to our opening of the file, too.
static int is_same_opening(ct_descriptor descriptor) {
    if (!is_same(descriptor, NULL)) {
        return 0;
    }
    if (descriptor.is_marked && fcntl(descriptor.number, F_GETSIG) != MARK) {
        errno = EBADF;
        return 0;
    }
    return 1;
}

int ct_descriptor_is_ours(ct_descriptor descriptor) { return is_same_opening(descriptor); }

// MARK: Opening

int ct_descriptor_adopt(int number, ct_lifetime lifetime, ct_descriptor *opened) {
    *opened = (ct_descriptor){.number = -1};
    if (number < 0) {
        return errno;
    }
    if (lifetime == CT_LASTING) {
        struct rlimit limit = {1024, 1024};
        (void)getrlimit(RLIMIT_NOFILE, &limit);
        rlim_t end = limit.rlim_cur < 1024 ? limit.rlim_cur : 1024;
        int high = fcntl(number, F_DUPFD_CLOEXEC, (int)(end - end / 4));
        ct_descriptor low;
        if (high >= 0) {
            if (look(high, opened, NULL) && look(number, &low, NULL) && are_equal(opened, &low)) {
                (void)close(number);
            }
            number = high;
        }
    }
    if (!look(number, opened, NULL)) {
        return errno;
    }
    opened->number = number;
    opened->is_marked = fcntl(number, F_SETSIG, MARK) == 0;
    return 0;
}

int ct_descriptor_borrow(int number, ct_descriptor *borrowed) {
    *borrowed = (ct_descriptor){.number = -1, .is_borrowed = 1};
    if (!look(number, borrowed, NULL)) {
        return errno;
    }
    borrowed->number = number;
    return 0;
}

int ct_descriptor_open(const char *path, int flags, unsigned mode, ct_lifetime lifetime, ct_descriptor *opened) {
    return ct_descriptor_adopt(open(path, flags | O_CLOEXEC, mode), lifetime, opened);
}

int ct_descriptor_open_proc(const char *name, int flags, ct_lifetime lifetime, ct_descriptor *opened) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/thread-self/%s", name);
    int failure = ct_descriptor_open(path, flags, 0, lifetime, opened);
    if (failure != ENOENT) {
        return failure;
    }
    // The kernel is older than 3.17.
    (void)snprintf(path, sizeof path, "/proc/self/%s", name);
    return ct_descriptor_open(path, flags, 0, lifetime, opened);
}

int ct_descriptor_open_in(
    ct_descriptor directory, const char *name, int flags, unsigned mode, ct_lifetime lifetime, ct_descriptor *opened) {
    int number = is_same(directory, NULL) ? openat(directory.number, name, flags | O_CLOEXEC, mode) : -1;
    return ct_descriptor_adopt(number, lifetime, opened);
}

int ct_descriptor_socket(int domain, int type, ct_lifetime lifetime, ct_descriptor *opened) {
    return ct_descriptor_adopt(socket(domain, type | SOCK_CLOEXEC, 0), lifetime, opened);
}

int ct_descriptor_memory(const char *name, ct_descriptor *opened) {
    return ct_descriptor_adopt(memfd_create(name, MFD_CLOEXEC), CT_BRIEF, opened);
}

void ct_descriptor_close(ct_descriptor descriptor) {
    int error = errno;
    if (!descriptor.is_borrowed && is_same_opening(descriptor)) {
        (void)close(descriptor.number);
    }
    errno = error;
}

// MARK: Reading and writing

int64_t ct_descriptor_read(ct_descriptor descriptor, void *bytes, size_t count) {
    return is_same(descriptor, NULL) ? read(descriptor.number, bytes, count) : -1;
}

int64_t ct_descriptor_read_at(ct_descriptor descriptor, void *bytes, size_t count, int64_t offset) {
    return is_same(descriptor, NULL) ? pread(descriptor.number, bytes, count, offset) : -1;
}

int64_t ct_descriptor_write(ct_descriptor descriptor, const void *bytes, size_t count) {
    return is_same(descriptor, NULL) ? write(descriptor.number, bytes, count) : -1;
}

int64_t ct_descriptor_write_at(ct_descriptor descriptor, const void *bytes, size_t count, int64_t offset) {
    return is_same(descriptor, NULL) ? pwrite(descriptor.number, bytes, count, offset) : -1;
}

int64_t ct_descriptor_append(ct_descriptor descriptor, const void *bytes, size_t count, int64_t least) {
    off_t size;
    if (!is_same(descriptor, &size)) {
        return -1;
    }
    if (size < least) {
        errno = ESTALE;
        return -1;
    }
    return pwrite(descriptor.number, bytes, count, FAR_OFFSET);
}

int64_t ct_descriptor_send(ct_descriptor descriptor, const void *bytes, size_t count) {
    return is_same(descriptor, NULL) ? send(descriptor.number, bytes, count, MSG_NOSIGNAL) : -1;
}

int64_t ct_descriptor_send_to(
    ct_descriptor descriptor, const void *bytes, size_t count, const void *address, unsigned length) {
    return is_same(descriptor, NULL)
        ? sendto(descriptor.number, bytes, count, MSG_NOSIGNAL, address, length) : -1;
}

int ct_descriptor_connect(ct_descriptor descriptor, const void *address, unsigned length) {
    return is_same_opening(descriptor) ? connect(descriptor.number, address, length) : -1;
}

int ct_descriptor_set_patience(ct_descriptor descriptor, long microseconds) {
    struct timeval wait = {microseconds / 1000000, microseconds % 1000000};
    return is_same_opening(descriptor)
        ? setsockopt(descriptor.number, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) : -1;
}

int ct_descriptor_status(ct_descriptor descriptor, void *status) {
    return is_same(descriptor, NULL) ? fstat(descriptor.number, status) : -1;
}

int64_t ct_descriptor_seek(ct_descriptor descriptor, int64_t offset, int whence) {
    return is_same_opening(descriptor) ? lseek(descriptor.number, offset, whence) : -1;
}

int ct_descriptor_lock(ct_descriptor descriptor, int operation) {
    return is_same_opening(descriptor) ? flock(descriptor.number, operation) : -1;
}

int ct_descriptor_sync(ct_descriptor descriptor, int with_status) {
    if (!is_same(descriptor, NULL)) {
        return -1;
    }
    return with_status ? fsync(descriptor.number) : fdatasync(descriptor.number);
}

int ct_descriptor_set_mode(ct_descriptor descriptor, unsigned mode) {
    return is_same(descriptor, NULL) ? fchmod(descriptor.number, mode) : -1;
}

void *ct_descriptor_map(ct_descriptor descriptor, void *address, size_t count, int protection, int flags) {
    return is_same(descriptor, NULL) ? mmap(address, count, protection, flags, descriptor.number, 0) : MAP_FAILED;
}

// MARK: Directories

int64_t ct_descriptor_entries(ct_descriptor directory, void *buffer, size_t count) {
    return is_same_opening(directory) ? syscall(SYS_getdents64, directory.number, buffer, count) : -1;
}

int ct_descriptor_status_in(ct_descriptor directory, const char *name, void *status) {
    return is_same(directory, NULL) ? fstatat(directory.number, name, status, AT_SYMLINK_NOFOLLOW) : -1;
}

int ct_descriptor_remove_in(ct_descriptor directory, const char *name) {
    return is_same(directory, NULL) ? unlinkat(directory.number, name, 0) : -1;
}

int ct_descriptor_rename_in(ct_descriptor directory, const char *from, const char *to) {
    if (!is_same(directory, NULL)) {
        return -1;
    }
    if (renameat2(directory.number, from, directory.number, to, RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS) {
        return -1;
    }
    // Network and FUSE file systems may reject the flag. linkat fails on an existing target too; a crash between the
    // two calls leaves one file with two names, which a reader of both sees as duplicates, not as a loss.
    if (!is_same(directory, NULL) || linkat(directory.number, from, directory.number, to, 0) != 0) {
        return -1;
    }
    return ct_descriptor_remove_in(directory, from);
}

// MARK: Processes

int ct_descriptor_await_end(ct_descriptor process, int milliseconds) {
    if (!is_same_opening(process)) {
        return -1;
    }
    struct pollfd event = {.fd = process.number, .events = POLLIN};
    int ready = poll(&event, 1, milliseconds);
    // During the wait, the number may have come to refer to another file.
    return ready > 0 && !is_same_opening(process) ? -1 : ready;
}

int ct_descriptor_signal(ct_descriptor process, int signal) {
    return is_same_opening(process) ? (int)syscall(SYS_pidfd_send_signal, process.number, signal, NULL, 0) : -1;
}

int ct_descriptor_wait(ct_descriptor process, siginfo_t *end, int options) {
    return is_same_opening(process) ? waitid((idtype_t)BY_PIDFD, (id_t)process.number, end, options) : -1;
}

void ct_descriptors_close_all(void) {
    if (syscall(SYS_close_range, 0, ~0U, 0) == 0) {
        return;
    }
    struct rlimit limit = {1024, 1024};
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    // Closing up to a limit of millions would take longer than the work of the copy.
    rlim_t end = limit.rlim_cur < 65536 ? limit.rlim_cur : 65536;
    for (rlim_t descriptor = 0; descriptor < end; descriptor++) {
        (void)close((int)descriptor);
    }
}

int ct_descriptors_are_left(void) {
    enum { WANTED = 4 };
    int numbers[WANTED], error = errno, count = 0;
    while (count < WANTED && (numbers[count] = eventfd(0, EFD_CLOEXEC)) >= 0) {
        count++;
    }
    int are_left = count == WANTED;
    while (count > 0) {
        (void)close(numbers[--count]);
    }
    errno = error;
    return are_left;
}
