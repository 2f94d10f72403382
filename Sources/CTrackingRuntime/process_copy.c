#define _GNU_SOURCE
#include "process_copy.h"
#include "process_copy_internal.h"
#include "tracked_objects_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Since Linux 5.2, 5.4 and 5.9; older headers lack them.
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
enum { BY_PIDFD = 3 };

static uint64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

// The kernel's own mask: glibc's functions leave the signals out that it uses itself.
static void set_signal_mask(uint64_t mask, uint64_t *before) {
    (void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, before, sizeof mask);
}

static uint64_t only(int signal) { return UINT64_C(1) << (signal - 1); }

// MARK: The registry

static void release(ct_registry *registry, size_t shards, int with_dead) {
    if (with_dead) {
        ct_lock_leave(&registry->dead_lock);
    }
    for (size_t index = 0; index < shards; index++) {
        ct_lock_leave(&registry->shards[index].lock);
    }
}

/// Takes all locks of a registry, or none.
///
/// For none is waited longer than a thread of the host waits for one of those that are held already.
static int hold(ct_registry *registry) {
    for (size_t index = 0; index < CT_SHARDS; index++) {
        if (!ct_shard_take(registry, &registry->shards[index], CT_DEFERRAL_PATIENCE)) {
            release(registry, index, 0);
            return 0;
        }
    }
    // Last, as by who moves dead objects out of a shard.
    if (!ct_lock_take(&registry->dead_lock, CT_DEFERRAL_PATIENCE)) {
        release(registry, CT_SHARDS, 0);
        return 0;
    }
    return 1;
}

static size_t count_objects(const ct_registry *registry) {
    size_t count = 0;
    for (size_t index = 0; index < CT_SHARDS; index++) {
        count += registry->shards[index].count;
    }
    return count;
}

// MARK: In the copy

static void close_descriptors(void) {
    if (syscall(SYS_close_range, 0, ~0U, 0) == 0) {
        return;
    }
    struct rlimit limit = {1024, 1024};
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    // A limit of millions would take longer than the work.
    rlim_t end = limit.rlim_cur < 65536 ? limit.rlim_cur : 65536;
    for (rlim_t descriptor = 0; descriptor < end; descriptor++) {
        (void)close((int)descriptor);
    }
}

/// Has the kernel take the copy first where memory runs out.
static void volunteer_for_killing(void) {
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file >= 0) {
        (void)!write(file, "1000", 4);
        (void)close(file);
    }
}

static void become_copy(pid_t parent, unsigned lifetime) {
    ct_guard_copy();
    struct sigaction standard = {.sa_handler = SIG_DFL};
    (void)sigaction(SIGALRM, &standard, NULL);
    (void)sigaction(SIGTERM, &standard, NULL);
    struct itimerval timer = {.it_value = {lifetime / 1000, (suseconds_t)(lifetime % 1000) * 1000}};
    (void)setitimer(ITIMER_REAL, &timer, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    // It may have ended before that.
    if (getppid() != parent) {
        syscall(SYS_exit_group, EXIT_ORPHANED);
    }
    set_signal_mask(
        ~(only(SIGSEGV) | only(SIGBUS) | only(SIGILL) | only(SIGTRAP) | only(SIGFPE) | only(SIGABRT) | only(SIGSYS)
          | only(SIGALRM) | only(SIGTERM)),
        NULL);
    volunteer_for_killing();
    // No core of the host's memory, to a file or to a program: not by RLIMIT_CORE, which the second one ignores.
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)prctl(PR_SET_NAME, "class-tracker", 0, 0, 0);
    (void)setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + 10);
    close_descriptors();
}

// MARK: In the process

/// Whether what the calling thread clones begins another process namespace: that ends with its first process, and the host
/// could make no other one any more.
static int begins_namespace(void) {
    char own[64] = {0}, children[64] = {0};
    if (readlink("/proc/thread-self/ns/pid", own, sizeof own - 1) <= 0) {
        return 0;
    }
    // There is no such link until the first process is there.
    return readlink("/proc/thread-self/ns/pid_for_children", children, sizeof children - 1) <= 0
        || strcmp(own, children) != 0;
}

int ct_copy_process(
    ct_registry *registry, ct_copy_expectation expected, unsigned lifetime, int (*body)(void *), void *context,
    ct_process_copy *copy) {
    uint64_t mask = 0;
    *copy = (ct_process_copy){.process = -1, .descriptor = -1};
    if (ct_tracking_is_forked()) {
        return EBUSY;
    }
    if (begins_namespace()) {
        return EXDEV;
    }
    ct_note_stack(1);
    pid_t self = (pid_t)syscall(SYS_getpid);
    // A handler of the host's must not run in the copy, nor while the registry is locked.
    set_signal_mask(~UINT64_C(0), &mask);
    uint64_t begin = nanoseconds();
    if (!hold(registry)) {
        set_signal_mask(mask, NULL);
        ct_note_stack(0);
        return EBUSY;
    }
    int failure = 0;
    size_t objects = count_objects(registry);
    if (atomic_load(&registry->kind_count) != expected.kinds) {
        failure = ESTALE;
    } else if (objects + CT_DEFERRED > expected.objects) {
        copy->objects = objects;
        failure = ENOSPC;
    } else {
        long process = syscall(SYS_clone, CLONE_PIDFD, NULL, &copy->descriptor, NULL, NULL);
        if (process == 0) {
            become_copy(self, lifetime);
            release(registry, CT_SHARDS, 1);
            syscall(SYS_exit_group, body(context));
            __builtin_unreachable();
        }
        if (process < 0) {
            failure = errno;
        } else {
            copy->process = (int)process;
        }
    }
    release(registry, CT_SHARDS, 1);
    copy->pause = nanoseconds() - begin;
    set_signal_mask(mask, NULL);
    ct_note_stack(0);
    if (failure == 0 && copy->descriptor < 0) {
        // A kernel before 5.2 takes no notice of the flag. The process is not waited for by anybody else.
        (void)kill(copy->process, SIGKILL);
        (void)ct_await_copy(copy, 0);
        failure = ENOSYS;
    }
    return failure;
}

static int wait_for_end(const ct_process_copy *copy, siginfo_t *end) {
    for (;;) {
        int is_by_descriptor = copy->descriptor >= 0;
        int result = waitid(
            is_by_descriptor ? (idtype_t)BY_PIDFD : P_PID, (id_t)(is_by_descriptor ? copy->descriptor : copy->process),
            end, WEXITED | __WALL);
        if (result == 0) {
            return 0;
        }
        // Before 5.4 there is no waiting by pidfd.
        if (errno == EINVAL && is_by_descriptor) {
            result = waitid(P_PID, (id_t)copy->process, end, WEXITED | __WALL);
        }
        if (result == 0 || errno != EINTR) {
            return result;
        }
    }
}

ct_copy_end ct_await_copy(const ct_process_copy *copy, unsigned patience) {
    uint64_t deadline = nanoseconds() + (uint64_t)patience * 1000000;
    int has_ended = 0;
    while (!has_ended && copy->descriptor >= 0) {
        uint64_t now = nanoseconds();
        if (now >= deadline) {
            break;
        }
        struct pollfd event = {.fd = copy->descriptor, .events = POLLIN};
        uint64_t rest = (deadline - now) / 1000000 + 1;
        int ready = poll(&event, 1, rest < 1000000 ? (int)rest : 1000000);
        if (ready > 0) {
            has_ended = 1;
        } else if (ready < 0 && errno != EINTR) {
            break;
        }
    }
    siginfo_t info = {0};
    ct_copy_end end = {.status = -1, .was_late = !has_ended};
    if (!has_ended && copy->descriptor >= 0
        && syscall(SYS_pidfd_send_signal, copy->descriptor, SIGKILL, NULL, 0) != 0 && errno != ESRCH) {
        // Not waited for yet, so that the number is still the copy's.
        (void)kill(copy->process, SIGKILL);
    }
    // A host that waits for whatever there is, with __WALL, has been faster.
    if (wait_for_end(copy, &info) != 0) {
        end.is_unknown = 1;
    } else if (info.si_code == CLD_EXITED) {
        end.status = info.si_status;
    } else {
        end.signal = info.si_status;
    }
    if (copy->descriptor >= 0) {
        (void)close(copy->descriptor);
    }
    return end;
}

uint64_t ct_checksum(uint64_t sum, const void *bytes, size_t count) {
    const char *place = bytes;
    while (count > 0) {
        uint64_t word = 0;
        size_t step = count < sizeof word ? count : sizeof word;
        memcpy(&word, place, step);
        sum = ((sum ^ word) * UINT64_C(0x9E3779B97F4A7C15)) ^ (sum >> 29);
        place += step;
        count -= step;
    }
    return sum;
}
