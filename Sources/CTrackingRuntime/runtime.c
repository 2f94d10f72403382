#define _GNU_SOURCE
#include "CTrackingRuntime.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

int ct_rename_noreplace(int directory, const char *from, const char *to) {
    if (renameat2(directory, from, directory, to, RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS) {
        return errno;
    }
    // Network and FUSE file systems may not know the flag. linkat fails on an existing target too; a crash between
    // the two calls leaves one file with two names, which a reader of both sees as duplicates, not as a loss.
    if (linkat(directory, from, directory, to, 0) != 0) {
        return errno;
    }
    return unlinkat(directory, from, 0) == 0 ? 0 : errno;
}

static atomic_int process_id;

static void renew_process_id(void) {
    atomic_store_explicit(&process_id, getpid(), memory_order_relaxed);
}

static void watch_forks(void) {
    (void)pthread_atfork(NULL, NULL, renew_process_id);
}

int ct_process_id(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    int known = atomic_load_explicit(&process_id, memory_order_relaxed);
    if (known != 0) {
        return known;
    }
    // The handler first: a fork between the two calls would leave the child with its parent's identifier.
    pthread_once(&once, watch_forks);
    renew_process_id();
    return atomic_load_explicit(&process_id, memory_order_relaxed);
}

int ct_has_raised_rights(void) { return getauxval(AT_SECURE) != 0; }

struct ct_thread {
    char name[16];
    void (*body)(void *);
    void *context;
};

static void *ct_run(void *argument) {
    struct ct_thread thread = *(struct ct_thread *)argument;
    free(argument);
    (void)pthread_setname_np(pthread_self(), thread.name);
    thread.body(thread.context);
    return NULL;
}

int ct_start_thread(const char *name, size_t stack, void (*body)(void *), void *context) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
    struct ct_thread *thread = calloc(1, sizeof *thread);
    if (thread == NULL) {
        return ENOMEM;
    }
    strncpy(thread->name, name, sizeof thread->name - 1);
    thread->body = body;
    thread->context = context;

    sigset_t blocked, previous;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        sigdelset(&blocked, faults[i]);
    }
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (stack > 0) {
        pthread_attr_setstacksize(&attributes, stack);
    }

    pthread_t handle;
    pthread_sigmask(SIG_SETMASK, &blocked, &previous);
    int error = pthread_create(&handle, &attributes, ct_run, thread);
    pthread_sigmask(SIG_SETMASK, &previous, NULL);
    pthread_attr_destroy(&attributes);
    if (error != 0) {
        free(thread);
    }
    return error;
}

void ct_map_blocks(size_t bytes) { (void)mallopt(M_MMAP_THRESHOLD, (int)bytes); }

int ct_can_allocate(size_t bytes) {
    int error = errno;
    void *block = malloc(bytes);
    // An optimiser knows that malloc and free cancel each other out, and takes both for done.
    __asm__ volatile("" : "+r"(block));
    int is_there = block != NULL;
    free(block);
    errno = error;
    return is_there;
}

size_t ct_heap_in_use(void) {
    struct mallinfo2 heap = mallinfo2();
    return heap.uordblks + heap.hblkhd;
}
