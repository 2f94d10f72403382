#define _GNU_SOURCE
#include "process_end.h"

#include "../Shims/shims_internal.h"
#include "owned_descriptor.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static ssize_t contents(const char *path, char *buffer, size_t capacity) {
    ct_descriptor file;
    if (ct_descriptor_open(path, O_RDONLY, 0, CT_BRIEF, &file) != 0) {
        return -1;
    }
    ssize_t count = (ssize_t)ct_descriptor_read(file, buffer, capacity - 1);
    ct_descriptor_close(file);
    buffer[count < 0 ? 0 : count] = 0;
    return count;
}

/// Indicates whether two processes have the same name, which is in parentheses; a process that has ended has only that.
static int has_name_of(const char *status, const char *other) {
    const char *begin = strchr(status, '('), *end = strrchr(status, ')');
    const char *first = strchr(other, '('), *last = strrchr(other, ')');
    return begin != NULL && end != NULL && first != NULL && last != NULL && end - begin == last - first &&
        memcmp(begin, first, (size_t)(end - begin)) == 0;
}

/// Returns the identifier of a child that runs our program, negated if it has ended; 0 for any other.
static int judged(int child, const char *own_status) {
    char path[64], status[512];
    struct stat own, its;
    (void)snprintf(path, sizeof path, "/proc/%d/stat", child);
    if (contents(path, status, sizeof status) <= 0) {
        return 0;
    }
    const char *name_end = strrchr(status, ')');
    if (name_end != NULL && name_end[1] == ' ' && name_end[2] == 'Z') {
        return has_name_of(status, own_status) ? -child : 0;
    }
    (void)snprintf(path, sizeof path, "/proc/%d/exe", child);
    if (stat(path, &its) != 0 || stat("/proc/thread-self/exe", &own) != 0) {
        return 0;
    }
    return its.st_dev == own.st_dev && its.st_ino == own.st_ino ? child : 0;
}

int ct_forked_child(void) {
    enum { THREADS = 256 }; // for a bounded time
    char path[300], children[4096], own_status[512];
    int found = 0;
    if (!ct_has_forked() || contents("/proc/self/stat", own_status, sizeof own_status) <= 0) {
        return 0;
    }
    ct_descriptor tasks;
    if (ct_descriptor_open("/proc/self/task", O_RDONLY | O_DIRECTORY, 0, CT_BRIEF, &tasks) != 0) {
        return 0;
    }
    // The list of children is in the directory of the thread that forked them.
    _Alignas(struct dirent64) char entries[THREADS * 32];
    int64_t size = ct_descriptor_entries(tasks, entries, sizeof entries);
    ct_descriptor_close(tasks);
    const struct dirent64 *task;
    for (int64_t at = 0, count = 0; at < size && count < THREADS && found <= 0; at += task->d_reclen, count++) {
        task = (const struct dirent64 *)(entries + at);
        (void)snprintf(path, sizeof path, "/proc/self/task/%s/children", task->d_name);
        if (task->d_name[0] == '.' || contents(path, children, sizeof children) <= 0) {
            continue;
        }
        char *next = children;
        for (long child = strtol(next, &next, 10); child > 0 && found <= 0; child = strtol(next, &next, 10)) {
            int verdict = judged((int)child, own_status);
            found = verdict != 0 ? verdict : found;
        }
    }
    return found;
}
