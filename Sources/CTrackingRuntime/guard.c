#define _GNU_SOURCE
#include "CTrackingRuntime.h"
#include "architecture_internal.h"
#include "process_copy_internal.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// What each guarded read leaves behind; see guarded_reads.h.
struct guarded_read {
    int32_t fault, resume;
    char destination[8];
};

extern const struct guarded_read first_read[] __asm__("__start_ct_guarded") __attribute__((visibility("hidden")));
extern const struct guarded_read last_read[] __asm__("__stop_ct_guarded") __attribute__((visibility("hidden")));

// The handlers that were there before ours, oldest first. An entry is never changed once it counts: a handler reads it
// without a lock. More than one, because a host that puts its own in front of ours later may hand on to ours, and
// what it hands on must go to the one before, not back to the host.
enum { MAXIMUM_DEPTH = 16 };

struct chain {
    int signal;
    atomic_int newest;
    struct sigaction handlers[MAXIMUM_DEPTH];
};

static struct chain chains[] = {{.signal = SIGSEGV, .newest = -1}, {.signal = SIGBUS, .newest = -1}};
static pthread_mutex_t chains_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_ullong faults;

// initial-exec: the general model may allocate on first use, and a handler must not.
#define THREAD_STATE static __thread __attribute__((tls_model("initial-exec")))

// The signal being handed on by this thread, to know one that a host's handler hands back to ours.
THREAD_STATE siginfo_t *handing_on;
THREAD_STATE char *handing_on_frame;
THREAD_STATE int handing_on_depth;

// Set while a foreign allocator is asked for the size of a block.
THREAD_STATE sigjmp_buf *volatile allocator_escape;

static int resume_guarded_read(void *context) {
    uintptr_t *counter = ct_program_counter(context);
    for (const struct guarded_read *read = first_read; read < last_read; read++) {
        if ((uintptr_t)&read->fault + (intptr_t)read->fault != *counter) continue;
        *counter = (uintptr_t)&read->resume + (intptr_t)read->resume;
        ct_clear_register(context, read->destination);
        atomic_fetch_add_explicit(&faults, 1, memory_order_relaxed);
        return 1;
    }
    return 0;
}

static void end_by_default(int signal, siginfo_t *info) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigaction(signal, &standard, NULL);
    // A fault happens again on return, with the core of the faulting instruction; a sent signal has to be sent again.
    if (info->si_code <= 0) raise(signal);
}

static void hand_on(const struct sigaction *to, int signal, siginfo_t *info, void *context) {
    if (to->sa_flags & SA_RESETHAND) {
        struct sigaction standard = {.sa_handler = SIG_DFL};
        sigaction(signal, &standard, NULL);
    }
    if (to->sa_flags & SA_SIGINFO) {
        to->sa_sigaction(signal, info, context);
    } else if (to->sa_handler == SIG_DFL) {
        end_by_default(signal, info);
    } else if (to->sa_handler == SIG_IGN) {
        // The kernel ignores a signal that was sent, but never a fault.
        if (info->si_code > 0) end_by_default(signal, info);
    } else {
        to->sa_handler(signal);
    }
}

static void handle(int signal, siginfo_t *info, void *context) {
    int saved_errno = errno;
    if (info->si_code > 0 && resume_guarded_read(context)) return;
    if (info->si_code > 0 && allocator_escape != NULL) {
        atomic_fetch_add_explicit(&faults, 1, memory_order_relaxed);
        siglongjmp(*allocator_escape, 1);
    }
    struct chain *chain = signal == SIGSEGV ? &chains[0] : &chains[1];
    // Not the address of a variable: AddressSanitizer may keep those in a place of its own.
    char *here = __builtin_frame_address(0);
    // The same signal deeper in the stack: a host's handler hands it back to ours. Not by a mere counter, because a
    // handler may leave by siglongjmp.
    int depth = info == handing_on && here < handing_on_frame ? handing_on_depth + 1 : 0;
    int index = atomic_load_explicit(&chain->newest, memory_order_acquire) - depth;
    if (index < 0) {
        end_by_default(signal, info);
        return;
    }
    siginfo_t *outer = handing_on;
    char *outer_frame = handing_on_frame;
    int outer_depth = handing_on_depth;
    handing_on = info;
    handing_on_frame = here;
    handing_on_depth = depth;
    errno = saved_errno;
    hand_on(&chain->handlers[index], signal, info, context);
    handing_on = outer;
    handing_on_frame = outer_frame;
    handing_on_depth = outer_depth;
    errno = saved_errno;
}

static int same_handler(const struct sigaction *left, const struct sigaction *right) {
    return left->sa_flags == right->sa_flags && left->sa_sigaction == right->sa_sigaction;
}

// Puts our handler first; `chains_lock` is held.
static int come_first(struct chain *chain) {
    struct sigaction current;
    if (sigaction(chain->signal, NULL, &current) != 0) return errno;
    if ((current.sa_flags & SA_SIGINFO) && current.sa_sigaction == handle) return 0;
    int newest = atomic_load_explicit(&chain->newest, memory_order_relaxed);
    int index = 0;
    while (index <= newest && !same_handler(&chain->handlers[index], &current)) index++;
    if (index == MAXIMUM_DEPTH) return ENOSPC;
    if (index > newest) chain->handlers[index] = current;
    atomic_store_explicit(&chain->newest, index, memory_order_release);
    // The host's mask, because its handler runs inside of ours. SA_ONSTACK as a handler on an alternate stack needs
    // it, and one without cannot tell the difference.
    struct sigaction ours = {.sa_sigaction = handle, .sa_mask = current.sa_mask};
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK | (current.sa_flags & (SA_RESTART | SA_NODEFER));
    return sigaction(chain->signal, &ours, NULL) == 0 ? 0 : errno;
}

int ct_guard_enter(ct_guard *guard) {
    guard->blocked = 0;
    pthread_mutex_lock(&chains_lock);
    int failure = come_first(&chains[0]);
    if (failure == 0) failure = come_first(&chains[1]);
    pthread_mutex_unlock(&chains_lock);
    if (failure != 0) return failure;
    // A fault whose signal is blocked ends the process without asking any handler.
    sigset_t needed, before;
    sigemptyset(&needed);
    sigaddset(&needed, SIGSEGV);
    sigaddset(&needed, SIGBUS);
    failure = pthread_sigmask(SIG_UNBLOCK, &needed, &before);
    if (failure != 0) return failure;
    if (sigismember(&before, SIGSEGV)) guard->blocked |= 1;
    if (sigismember(&before, SIGBUS)) guard->blocked |= 2;
    return 0;
}

void ct_guard_leave(const ct_guard *guard) {
    if (guard->blocked == 0) return;
    sigset_t blocked;
    sigemptyset(&blocked);
    if (guard->blocked & 1) sigaddset(&blocked, SIGSEGV);
    if (guard->blocked & 2) sigaddset(&blocked, SIGBUS);
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
}

uint64_t ct_guard_faults(void) { return atomic_load_explicit(&faults, memory_order_relaxed); }

// AddressSanitizer's allocator ends the process when it is asked for a block that it does not own.
extern int __sanitizer_get_ownership(const volatile void *block) __attribute__((weak));
extern size_t __sanitizer_get_allocated_size_fast(const volatile void *block) __attribute__((weak));

size_t ct_guarded_usable_size(uintptr_t block) {
    sigjmp_buf escape;
    size_t size = 0;
    if (sigsetjmp(escape, 1) == 0) {
        allocator_escape = &escape;
        if (__sanitizer_get_ownership == NULL) {
            size = malloc_usable_size((void *)block);
        } else if (__sanitizer_get_ownership((void *)block) && __sanitizer_get_allocated_size_fast != NULL) {
            // The other function ends the process too, and the block may be freed between the two calls.
            size = __sanitizer_get_allocated_size_fast((void *)block);
        }
    }
    allocator_escape = NULL;
    return size;
}

// MARK: In a copy of the process

static void handle_in_copy(int signal, siginfo_t *info, void *context) {
    if ((signal == SIGSEGV || signal == SIGBUS) && info->si_code > 0 && resume_guarded_read(context)) return;
    syscall(SYS_exit_group, 128 + signal);
}

void ct_guard_copy(void) {
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGSYS};
    // On the alternate stack that the thread may have: a stack that has run over is a fault, too.
    struct sigaction ours = {.sa_sigaction = handle_in_copy, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    for (size_t index = 0; index < sizeof fatal / sizeof *fatal; index++) sigaction(fatal[index], &ours, NULL);
}

// MARK: Stacks

THREAD_STATE uintptr_t noted_stack, noted_stack_end;

static size_t find_stack(uintptr_t *low) {
    pthread_attr_t attributes;
    void *found = NULL;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
    int failure = pthread_attr_getstack(&attributes, &found, &size);
    pthread_attr_destroy(&attributes);
    *low = (uintptr_t)found;
    return failure == 0 ? size : 0;
}

void ct_note_stack(int is_noted) {
    size_t size = is_noted ? find_stack(&noted_stack) : 0;
    noted_stack_end = noted_stack + size;
}

size_t ct_stack_room(uintptr_t address) {
    uintptr_t low = noted_stack;
    size_t size = noted_stack_end - noted_stack;
    if (size == 0) size = find_stack(&low);
    return address - low < size ? size - (address - low) : 0;
}
