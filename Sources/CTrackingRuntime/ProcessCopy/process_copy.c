#define _GNU_SOURCE
#include "process_copy.h"

#include "../Descriptors/owned_descriptor_internal.h"
#include "../GuardedReads/guard_internal.h"
#include "../Objects/tracked_objects_internal.h"
#include "clocks.h"
#include "forks.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Available since Linux 5.2; older headers lack it.
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif

#define COPY_NAME "class-tracker"

/// The status of a copy that ends without `body`. Above 128: 128 plus the signal number of a fault.
enum { EXIT_ORPHANED = 126 };

/// The number of copies that are being made or waited for.
static atomic_int running;

// Calls the kernel, because glibc's functions omit the signals that glibc itself uses.
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
/// While any lock is held, no other one is waited for longer than a thread of the host waits for a lock.
static int hold(ct_registry *registry) {
    for (size_t index = 0; index < CT_SHARDS; index++) {
        if (!ct_shard_take(registry, &registry->shards[index], CT_DEFERRAL_PATIENCE)) {
            release(registry, index, 0);
            return 0;
        }
    }
    // Last, in the same order as the code that moves dead objects out of a shard.
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

/// Makes the copy the first process to kill when memory runs out.
static void volunteer_for_killing(void) {
    ct_descriptor file;
    if (ct_descriptor_open_proc("oom_score_adj", O_WRONLY, CT_BRIEF, &file) == 0) {
        (void)!ct_descriptor_write(file, "1000", 4);
        ct_descriptor_close(file);
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
    // The parent may have ended before the signal was set.
    if (getppid() != parent) {
        syscall(SYS_exit_group, EXIT_ORPHANED);
    }
    set_signal_mask(
        ~(only(SIGSEGV) | only(SIGBUS) | only(SIGILL) | only(SIGTRAP) | only(SIGFPE) | only(SIGABRT) | only(SIGSYS)
          | only(SIGALRM) | only(SIGTERM)),
        NULL);
    volunteer_for_killing();
    // Prevents a core dump of the host's memory to a file or a program; RLIMIT_CORE would not prevent the latter.
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)prctl(PR_SET_NAME, COPY_NAME, 0, 0, 0);
    (void)setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + 10);
    ct_descriptors_close_all();
}

// MARK: In the process

/// Indicates whether a clone by the calling thread would begin another process namespace. The namespace would end with
/// the copy, and the host could create no process in it afterwards.
static int begins_namespace(void) {
    char own[64] = {0}, children[64] = {0};
    if (readlink("/proc/thread-self/ns/pid", own, sizeof own - 1) <= 0) {
        return 0;
    }
    // The link does not exist until the namespace has its first process.
    return readlink("/proc/thread-self/ns/pid_for_children", children, sizeof children - 1) <= 0
        || strcmp(own, children) != 0;
}

int ct_copy_process(
    ct_registry *registry, ct_copy_expectation expected, unsigned lifetime, int (*body)(void *), void *context,
    ct_process_copy *copy) {
    uint64_t mask = 0;
    *copy = (ct_process_copy){.process = -1, .descriptor = {.number = -1}};
    if (ct_tracking_is_forked()) {
        return EBUSY;
    }
    if (begins_namespace()) {
        return EXDEV;
    }
    ct_note_stack(1);
    pid_t self = (pid_t)syscall(SYS_getpid);
    // A handler of the host must not run in the copy, nor while the registry is locked.
    set_signal_mask(~UINT64_C(0), &mask);
    uint64_t begin = ct_monotonic_nanoseconds();
    if (!hold(registry)) {
        set_signal_mask(mask, NULL);
        ct_note_stack(0);
        return EBUSY;
    }
    int failure = 0, descriptor = -1;
    size_t objects = count_objects(registry);
    if (atomic_load(&registry->kind_count) != expected.kinds) {
        failure = ESTALE;
    } else if (objects + CT_DEFERRED > expected.objects) {
        copy->objects = objects;
        failure = ENOSPC;
    } else {
        (void)atomic_fetch_add(&running, 1);
        long process = syscall(SYS_clone, CLONE_PIDFD, NULL, &descriptor, NULL, NULL);
        if (process == 0) {
            become_copy(self, lifetime);
            release(registry, CT_SHARDS, 1);
            syscall(SYS_exit_group, body(context));
            __builtin_unreachable();
        }
        if (process < 0) {
            failure = errno;
            (void)atomic_fetch_sub(&running, 1);
        } else {
            copy->process = (int)process;
        }
    }
    release(registry, CT_SHARDS, 1);
    copy->pause = ct_monotonic_nanoseconds() - begin;
    // On failure, the host has just closed the descriptor: the process identifier is used instead.
    int is_known = failure == 0 && descriptor >= 0;
    if (is_known) {
        (void)ct_descriptor_adopt(descriptor, CT_LASTING, &copy->descriptor);
    }
    set_signal_mask(mask, NULL);
    ct_note_stack(0);
    if (failure == 0 && !is_known) {
        // A kernel before 5.2 ignores the flag. Nothing else waits for this process.
        (void)kill(copy->process, SIGKILL);
        (void)ct_await_copy(copy, 0);
        failure = ENOSYS;
    }
    return failure;
}

// MARK: Copies left by exec

static atomic_uint fruitless;

/// After this many unsuccessful checks, the remaining children are the host's.
enum { MOST_LOOKS = 200 };

static int is_copy(pid_t process) {
    char path[32], name[16] = {0};
    (void)snprintf(path, sizeof path, "/proc/%d/comm", (int)process);
    ct_descriptor file;
    if (ct_descriptor_open(path, O_RDONLY, 0, CT_BRIEF, &file) != 0) {
        return 0;
    }
    int64_t count = ct_descriptor_read(file, name, sizeof name - 1);
    ct_descriptor_close(file);
    return count > 0 && strcmp(name, COPY_NAME "\n") == 0;
}

void ct_reap_copies(void) {
    while (atomic_load_explicit(&fruitless, memory_order_relaxed) < MOST_LOOKS && atomic_load(&running) == 0) {
        siginfo_t end = {0};
        // Finds children without SIGCHLD as the exit signal, for which usually nothing else waits; leaves their state
        // unchanged.
        int result = waitid(P_ALL, 0, &end, WEXITED | WNOHANG | WNOWAIT | __WCLONE);
        if (result != 0 || (end.si_pid != 0 && !is_copy(end.si_pid))) {
            atomic_store(&fruitless, MOST_LOOKS);
            return;
        }
        if (end.si_pid == 0) {
            // The kernel takes some time to end a large process.
            (void)atomic_fetch_add(&fruitless, 1);
            return;
        }
        (void)waitid(P_PID, (id_t)end.si_pid, &end, WEXITED | WNOHANG | __WCLONE);
    }
}

// MARK: The end

static int wait_for_end(const ct_process_copy *copy, siginfo_t *end) {
    for (;;) {
        int result = ct_descriptor_wait(copy->descriptor, end, WEXITED | __WALL);
        // Linux before 5.4 cannot wait by pidfd; and the host may have closed ours.
        if (result != 0 && (errno == EINVAL || errno == EBADF)) {
            result = waitid(P_PID, (id_t)copy->process, end, WEXITED | __WALL);
        }
        if (result == 0 || errno != EINTR) {
            return result;
        }
    }
}

/// Waits for the end without a pidfd, which the host has closed; the wait is bounded.
static int has_ended_by(const ct_process_copy *copy, uint64_t deadline) {
    do {
        siginfo_t end = {0};
        int result = waitid(P_PID, (id_t)copy->process, &end, WEXITED | WNOHANG | WNOWAIT | __WALL);
        if ((result == 0 && end.si_pid != 0) || (result != 0 && errno != EINTR)) {
            return 1;
        }
        struct timespec nap = {0, 5000000};
        (void)syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &nap, NULL);
    } while (ct_monotonic_nanoseconds() < deadline);
    return 0;
}

ct_copy_end ct_await_copy(const ct_process_copy *copy, unsigned patience) {
    uint64_t deadline = ct_monotonic_nanoseconds() + (uint64_t)patience * 1000000;
    int has_ended = 0;
    while (!has_ended) {
        uint64_t now = ct_monotonic_nanoseconds();
        if (now >= deadline) {
            break;
        }
        // In steps, to notice that the host has closed the pidfd meanwhile.
        uint64_t rest = (deadline - now) / 1000000 + 1;
        int ready = ct_descriptor_await_end(copy->descriptor, rest < 1000 ? (int)rest : 1000);
        if (ready > 0) {
            has_ended = 1;
        } else if (ready < 0 && errno != EINTR) {
            has_ended = has_ended_by(copy, deadline);
            break;
        }
    }
    siginfo_t info = {0};
    ct_copy_end end = {.status = -1, .was_late = !has_ended};
    if (!has_ended && ct_descriptor_signal(copy->descriptor, SIGKILL) != 0 && errno != ESRCH) {
        // Not reaped yet, so the number is still the copy's.
        (void)kill(copy->process, SIGKILL);
    }
    // A host that waits for any child with __WALL has reaped it first.
    if (wait_for_end(copy, &info) != 0) {
        end.is_unknown = 1;
    } else if (info.si_code == CLD_EXITED) {
        end.status = info.si_status;
    } else {
        end.signal = info.si_status;
    }
    ct_descriptor_close(copy->descriptor);
    (void)atomic_fetch_sub(&running, 1);
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
