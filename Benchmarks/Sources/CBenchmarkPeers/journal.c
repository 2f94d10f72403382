#define _GNU_SOURCE
#include "CBenchmarkPeers.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

// Loaded, not linked: everything but this one comparison runs without libsystemd.
static int (*sendv)(const struct iovec *fields, int count);
static struct iovec fields[64];
static char kept[4096];
static int field_count;

int bp_journal_open(void) {
    void *library = dlopen("libsystemd.so.0", RTLD_NOW);
    if (library != NULL) {
        *(void **)&sendv = dlsym(library, "sd_journal_sendv");
    }
    return sendv == NULL ? -1 : 0;
}

int bp_journal_prepare(const void *lines, size_t length) {
    if (length > sizeof kept) {
        return -1;
    }
    memcpy(kept, lines, length);
    field_count = 0;
    for (char *start = kept; start < kept + length;) {
        char *end = memchr(start, '\n', (size_t)(kept + length - start));
        if (end == NULL || field_count == 64) {
            return -1;
        }
        fields[field_count++] = (struct iovec){start, (size_t)(end - start)};
        start = end + 1;
    }
    return field_count;
}

int bp_journal_send(void) { return sendv(fields, field_count); }

int bp_datagram_socket(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        return -ENAMETOOLONG;
    }
    strcpy(address.sun_path, path);
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return -errno;
    }
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    return descriptor;
}

static void *drain(void *context) {
    static char buffer[8192];
    while (recv((int)(intptr_t)context, buffer, sizeof buffer, 0) >= 0) {
    }
    return NULL;
}

int bp_drain(int descriptor) {
    pthread_t thread;
    int error = pthread_create(&thread, NULL, drain, (void *)(intptr_t)descriptor);
    return error != 0 ? error : pthread_detach(thread);
}
