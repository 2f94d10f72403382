#define _GNU_SOURCE
#include "CFaultSupport.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_ullong faults, foreign, children, ticks;
static __thread sigjmp_buf *volatile escape;

cf_signals cf_seen(void) {
    return (cf_signals){atomic_load(&faults), atomic_load(&foreign), atomic_load(&children), atomic_load(&ticks)};
}

// MARK: Faults

static void recover(int signal, siginfo_t *info, void *context) {
    (void)info;
    (void)context;
    if (escape != NULL) {
        atomic_fetch_add(&faults, 1);
        siglongjmp(*escape, 1);
    }
    // Not one of the host's: a service would write its report now and end.
    atomic_fetch_add(&foreign, 1);
    static const char words[] = "fault-host: a fault that is not the host's\n";
    (void)!write(STDOUT_FILENO, words, sizeof words - 1);
    _exit(128 + signal);
}

void cf_handle_faults(int on_stack) {
    struct sigaction action = {.sa_sigaction = recover, .sa_flags = SA_SIGINFO | (on_stack ? SA_ONSTACK : 0)};
    (void)sigaction(SIGSEGV, &action, NULL);
    (void)sigaction(SIGBUS, &action, NULL);
}

void cf_use_alternate_stack(void) {
    enum { SIZE = 64 << 10 };
    stack_t stack = {.ss_sp = malloc(SIZE), .ss_size = SIZE};
    (void)sigaltstack(&stack, NULL);
}

static char *beyond_file(void) {
    int file = memfd_create("page", 0);
    char *page = file < 0 || ftruncate(file, 0) != 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
    if (file >= 0) {
        (void)close(file);
    }
    return page == MAP_FAILED ? NULL : page;
}

__attribute__((noinline, no_sanitize("address", "thread"))) static int read_byte(volatile const char *place) {
    return *place;
}

int cf_fault(int is_bus_error) {
    char *page = is_bus_error ? beyond_file() : NULL;
    uint64_t before = atomic_load(&faults);
    sigjmp_buf here;
    if (sigsetjmp(here, 1) == 0) {
        escape = &here;
        (void)read_byte(is_bus_error ? page : (const char *)16);
    }
    escape = NULL;
    if (page != NULL) {
        (void)munmap(page, 4096);
    }
    return atomic_load(&faults) > before;
}

// MARK: Others

static void collect(int signal) {
    (void)signal;
    int error = errno;
    while (waitpid(-1, NULL, WNOHANG) > 0) {
        atomic_fetch_add(&children, 1);
    }
    errno = error;
}

void cf_collect_children(void) {
    struct sigaction action = {.sa_handler = collect, .sa_flags = SA_NOCLDSTOP};
    (void)sigaction(SIGCHLD, &action, NULL);
}

static void count_tick(int signal) {
    (void)signal;
    atomic_fetch_add(&ticks, 1);
}

void cf_tick(unsigned rate) {
    struct sigaction action = {.sa_handler = count_tick};
    (void)sigaction(SIGPROF, &action, NULL);
    suseconds_t period = rate == 0 ? 0 : (suseconds_t)(1000000 / rate);
    struct itimerval timer = {{0, period}, {0, period}};
    (void)setitimer(ITIMER_PROF, &timer, NULL);
}

// MARK: Signals to threads

static atomic_int answers;

static void answer(int signal) {
    (void)signal;
    atomic_fetch_add(&answers, 1);
}

/// Whether a thread is one of Dispatch's, whoever has it made.
static int is_of_dispatch(const char *thread) {
    char path[64], name[32] = {0};
    (void)snprintf(path, sizeof path, "/proc/self/task/%s/comm", thread);
    FILE *file = fopen(path, "re");
    int is_there = file != NULL && fgets(name, sizeof name, file) != NULL;
    if (file != NULL) {
        (void)fclose(file);
    }
    return is_there && strstr(name, "qos") != NULL;
}

int cf_stop_threads(int signal, unsigned patience) {
    struct sigaction action = {.sa_handler = answer, .sa_flags = SA_RESTART}, before;
    pid_t process = getpid(), own = (pid_t)syscall(SYS_gettid);
    int asked = 0;
    atomic_store(&answers, 0);
    (void)sigaction(signal, &action, &before);
    DIR *threads = opendir("/proc/self/task");
    for (struct dirent *entry; threads != NULL && (entry = readdir(threads)) != NULL;) {
        pid_t thread = atoi(entry->d_name);
        // Dispatch's take SIGPROF, and no other of those.
        asked += thread != 0 && thread != own && (signal == SIGPROF || !is_of_dispatch(entry->d_name))
            && syscall(SYS_tgkill, process, thread, signal) == 0;
    }
    if (threads != NULL) {
        (void)closedir(threads);
    }
    for (unsigned waited = 0; atomic_load(&answers) < asked && waited < patience; waited++) {
        usleep(1000);
    }
    int missing = asked - atomic_load(&answers);
    // A signal that waits for a thread would end the process.
    before.sa_handler = missing == 0 ? before.sa_handler : SIG_IGN;
    (void)sigaction(signal, &before, NULL);
    return asked == 0 ? -1 : missing;
}

int cf_await_signal(int signal, int with_handler) {
    struct sigaction action = {.sa_handler = with_handler ? answer : SIG_DFL}, before;
    sigset_t waited_for, mask;
    struct timespec patience = {10, 0};
    sigemptyset(&waited_for);
    sigaddset(&waited_for, signal);
    (void)pthread_sigmask(SIG_BLOCK, &waited_for, &mask);
    atomic_store(&answers, 0);
    (void)sigaction(signal, &action, &before);
    (void)kill(getpid(), signal);
    int result = sigtimedwait(&waited_for, NULL, &patience) == signal;
    if (atomic_load(&answers) > 0) {
        result = -1;
    }
    (void)sigaction(signal, &before, NULL);
    (void)pthread_sigmask(SIG_SETMASK, &mask, NULL);
    return result;
}

// MARK: The end

static void (*body_at_exit)(void);

static void call_at_exit(void) { body_at_exit(); }

void cf_at_exit(void (*body)(void)) {
    body_at_exit = body;
    (void)atexit(call_at_exit);
}

__attribute__((destructor)) static void call_as_destructor(void) {
    if (body_at_exit != NULL) {
        body_at_exit();
    }
}
