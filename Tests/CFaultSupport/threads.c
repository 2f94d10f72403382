#define _GNU_SOURCE
#include "CFaultSupport.h"

// What no service can bring about when it wants to: a holder of the locks that has lost its processor, or its life.
#include "../../Sources/CTrackingRuntime/Objects/tracked_objects_internal.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// MARK: No more threads

int cf_forbid_threads(int error) {
#if defined(__x86_64__)
    enum { ARCHITECTURE = AUDIT_ARCH_X86_64 };
#else
    enum { ARCHITECTURE = AUDIT_ARCH_AARCH64 };
#endif
    // clone3's flags are behind a pointer, where a filter cannot look: without it, glibc uses clone.
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 0, 6),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 5, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((unsigned)error & SECCOMP_RET_DATA)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return errno;
    }
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0 ? 0 : errno;
}

pid_t cf_fork(void) { return fork(); }

// MARK: Cancellation

typedef struct {
    void (*body)(void);
    atomic_int is_outside, was_elsewhere;
} victim;

static void look(void *context) {
    victim *victim = context;
    if (!atomic_load(&victim->is_outside)) {
        atomic_store(&victim->was_elsewhere, 1);
    }
}

static void *run_victim(void *context) {
    victim *victim = context;
    pthread_cleanup_push(look, victim);
    for (;;) {
        atomic_store(&victim->is_outside, 1);
        pthread_testcancel();
        atomic_store(&victim->is_outside, 0);
        victim->body();
    }
    pthread_cleanup_pop(0);
    return NULL;
}

static void pause_for(long nanoseconds) {
    struct timespec nap = {0, nanoseconds};
    (void)nanosleep(&nap, NULL);
}

int cf_cancel_threads(int rounds, void (*body)(void)) {
    int elsewhere = 0;
    ct_registry *registry = ct_registry_at(0);
    for (int round = 0; round < rounds && registry != NULL; round++) {
        victim victim = {.body = body};
        pthread_t thread;
        if (pthread_create(&thread, NULL, run_victim, &victim) != 0) {
            return -1;
        }
        pause_for(1000000);
        int is_taken[CT_SHARDS];
        for (size_t index = 0; index < CT_SHARDS; index++) {
            is_taken[index] = ct_lock_take(&registry->shards[index].lock, CT_CALLER_PATIENCE);
        }
        // By now it waits for one of them, and does so for a while longer.
        pause_for(1000000);
        (void)pthread_cancel(thread);
        pause_for(1000000);
        for (size_t index = 0; index < CT_SHARDS; index++) {
            if (is_taken[index]) {
                ct_lock_leave(&registry->shards[index].lock);
            }
        }
        (void)pthread_join(thread, NULL);
        elsewhere += atomic_load(&victim.was_elsewhere);
    }
    return elsewhere;
}

int cf_lose_locks(void) {
    int lost = 0;
    ct_registry *registry = ct_registry_at(0);
    for (size_t index = 0; index < CT_SHARDS && registry != NULL; index++) {
        ct_shard *shard = &registry->shards[index];
        if (shard->count > 0) {
            lost += ct_lock_take(&shard->lock, CT_CALLER_PATIENCE);
        }
    }
    return lost;
}
