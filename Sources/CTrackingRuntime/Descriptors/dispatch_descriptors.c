#define _GNU_SOURCE
#include "../include/dispatch_descriptors.h"
#include "../include/owned_descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    // Dispatch registers its eventfd with this event (EPOLLFREE), which the kernel ignores, and with 1 as the user
    // data.
    DISPATCH_EVENT = 0x4000,
    DISPATCH_EVENTFD = 1,
    // The user data of the timerfds of its three clocks; DispatchTime uses the second. All other user data are
    // addresses.
    FIRST_CLOCK = 2,
    UPTIME = 3,
    LAST_CLOCK = 4,
    // The signal that marks the open files; owned_descriptor.c marks ours by another signal.
    MARK = 61,
    // A second Dispatch may be linked statically.
    MOST = 16,
};

static int numbers[MOST];
static atomic_int count;
static atomic_int is_lost, has_clock, is_looking;

/// Indicates whether an entry of the directory of descriptors is a link to `kind`.
static int is_kind(ct_descriptor directory, const char *name, const char *kind) {
    char target[32];
    ssize_t length = readlinkat(directory.number, name, target, sizeof target);
    return length == (ssize_t)strlen(kind) && memcmp(target, kind, (size_t)length) == 0;
}

static int is_number_of_kind(ct_descriptor directory, int number, const char *kind) {
    char name[16];
    (void)snprintf(name, sizeof name, "%d", number);
    return is_kind(directory, name, kind);
}

/// Indicates whether an epoll waits for the file to which the number refers now.
static int is_awaited(int epoll, int number) {
    int is_new = epoll_ctl(epoll, EPOLL_CTL_ADD, number, &(struct epoll_event){.events = 0}) == 0;
    int is_known = !is_new && errno == EEXIST;
    if (is_new) {
        (void)epoll_ctl(epoll, EPOLL_CTL_DEL, number, NULL);
    }
    return is_known;
}

static void keep(int number) {
    int known = atomic_load_explicit(&count, memory_order_relaxed);
    for (int index = 0; index < known; index++) {
        if (numbers[index] == number) {
            return;
        }
    }
    if (known < MOST && fcntl(number, F_SETSIG, MARK) == 0) {
        numbers[known] = number;
        atomic_store_explicit(&count, known + 1, memory_order_release);
    }
}

/// The files for which an epoll waits, if it is Dispatch's.
typedef struct {
    int eventfd;
    int clocks[LAST_CLOCK - FIRST_CLOCK + 1];
} awaited;

static void read_line(const char *line, awaited *found) {
    int number;
    unsigned events;
    unsigned long long name;
    if (sscanf(line, "tfd: %d events: %x data: %llx", &number, &events, &name) != 3) {
        return;
    }
    if (name == DISPATCH_EVENTFD && (events & DISPATCH_EVENT) != 0) {
        found->eventfd = number;
    } else if (name >= FIRST_CLOCK && name <= LAST_CLOCK && (events & EPOLLONESHOT) != 0) {
        found->clocks[name - FIRST_CLOCK] = number;
    }
}

static void look_at(ct_descriptor directory, const char *name) {
    char path[32], text[4096];
    (void)snprintf(path, sizeof path, "fdinfo/%s", name);
    ct_descriptor file;
    if (ct_descriptor_open_proc(path, O_RDONLY, CT_BRIEF, &file) != 0) {
        return;
    }
    awaited found = {-1, {-1, -1, -1}};
    size_t kept = 0;
    int64_t read;
    while (kept < sizeof text - 1 && (read = ct_descriptor_read(file, text + kept, sizeof text - 1 - kept)) > 0) {
        text[kept + (size_t)read] = 0;
        char *line = text, *end;
        while ((end = strchr(line, '\n')) != NULL) {
            *end = 0;
            read_line(line, &found);
            line = end + 1;
        }
        kept = strlen(line);
        memmove(text, line, kept);
    }
    ct_descriptor_close(file);

    int epoll = atoi(name);
    if (found.eventfd < 0 || !is_number_of_kind(directory, found.eventfd, "anon_inode:[eventfd]")
        || !is_awaited(epoll, found.eventfd)) {
        return;
    }
    keep(epoll);
    keep(found.eventfd);
    for (int clock = 0; clock <= LAST_CLOCK - FIRST_CLOCK; clock++) {
        int number = found.clocks[clock];
        if (number >= 0 && is_number_of_kind(directory, number, "anon_inode:[timerfd]") && is_awaited(epoll, number)) {
            keep(number);
            if (clock == UPTIME - FIRST_CLOCK) {
                atomic_store(&has_clock, 1);
            }
        }
    }
}

/// An entry that getdents64(2) returns.
struct entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

/// Looks up Dispatch's descriptors, and returns whether the descriptors of the process can be listed.
static int look(void) {
    ct_descriptor directory;
    if (ct_descriptor_open_proc("fd", O_RDONLY | O_DIRECTORY, CT_BRIEF, &directory) != 0) {
        return 0;
    }
    union {
        char bytes[4096];
        uint64_t aligned;
    } buffer;
    int64_t read;
    while ((read = ct_descriptor_entries(directory, buffer.bytes, sizeof buffer)) > 0) {
        for (int64_t place = 0; place < read;) {
            const struct entry *entry = (const struct entry *)(buffer.bytes + place);
            place += entry->length;
            if (is_kind(directory, entry->name, "anon_inode:[eventpoll]")) {
                look_at(directory, entry->name);
            }
        }
    }
    ct_descriptor_close(directory);
    return read == 0;
}

ct_dispatch_descriptors ct_dispatch_check(void) {
    int error = errno, known = atomic_load_explicit(&count, memory_order_acquire);
    if (atomic_load_explicit(&is_lost, memory_order_relaxed)) {
        return CT_DISPATCH_LOST;
    }
    for (int index = 0; index < known; index++) {
        if (fcntl(numbers[index], F_GETSIG) != MARK) {
            atomic_store(&is_lost, 1);
            errno = error;
            return CT_DISPATCH_LOST;
        }
    }
    return known > 0 ? CT_DISPATCH_INTACT : CT_DISPATCH_UNSEEN;
}

ct_dispatch_descriptors ct_dispatch_look(void) {
    ct_dispatch_descriptors known = ct_dispatch_check();
    // Dispatch creates the timerfd with the first timer.
    if (known == CT_DISPATCH_LOST || (known == CT_DISPATCH_INTACT && atomic_load(&has_clock))) {
        return known;
    }
    if (atomic_exchange(&is_looking, 1)) {
        return known;
    }
    int error = errno, can_be_seen = look();
    atomic_store(&is_looking, 0);
    errno = error;
    known = ct_dispatch_check();
    return known == CT_DISPATCH_UNSEEN && !can_be_seen ? CT_DISPATCH_HIDDEN : known;
}
