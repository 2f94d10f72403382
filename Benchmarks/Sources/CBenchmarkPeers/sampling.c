#define _GNU_SOURCE
#include "CBenchmarkPeers.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int status = -1, clear_refs = -1;
static char buffer[4096];

int bp_open_sample(void) {
    status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    clear_refs = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    return status < 0 || clear_refs < 0 ? errno : 0;
}

long bp_sample(int count) {
    ssize_t bytes = -1;
    for (int i = 0; i < count; i++) {
        bytes = pread(status, buffer, sizeof buffer, 0);
        if (bytes <= 0 || write(clear_refs, "5", 1) != 1) {
            return -1;
        }
    }
    return bytes;
}

static void *touched(size_t bytes) {
    char *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) {
        return NULL;
    }
    // Page by page, as a program would use it: one huge page would rise in a single step.
    madvise(start, bytes, MADV_NOHUGEPAGE);
    for (size_t offset = 0; offset < bytes; offset += 4096) {
        ((volatile char *)start)[offset] = 1;
    }
    return start;
}

void bp_raise_mark(size_t pages) {
    void *start = touched(pages * 4096);
    if (start != NULL) {
        munmap(start, pages * 4096);
    }
}

int bp_spike(size_t bytes, unsigned microseconds) {
    void *start = touched(bytes);
    if (start == NULL) {
        return errno;
    }
    usleep(microseconds);
    return munmap(start, bytes) == 0 ? 0 : errno;
}
