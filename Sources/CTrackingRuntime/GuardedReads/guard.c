#define _GNU_SOURCE
// Handles the faults of guarded reads, and passes all other faults to the host's handlers.

#include "guard_internal.h"

#include "../Architecture/architecture_internal.h"
#include "../Heap/allocator_internal.h"
#include "../Shims/shims_internal.h"
#include "../TrackerCopies/copies_internal.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// The entry that each guarded read adds; see guarded_reads.h.
struct guarded_read {
    int32_t fault, resume;
    char destination[8];
};

extern const struct guarded_read first_read[] __asm__("__start_ct_guarded") __attribute__((visibility("hidden")));
extern const struct guarded_read last_read[] __asm__("__stop_ct_guarded") __attribute__((visibility("hidden")));

// The handlers that were installed before ours. A link never changes after its publication, because a handler reads it
// without a lock. They form a chain: a host that later installs its handler in front of ours may pass a fault on to
// ours, which must then pass it to the handler before, not back to the host.
struct link {
    struct sigaction action;
    const struct link *older;
};

/// The number of handlers that differ, or that follow different ones; a host that alternates between a few needs a few.
enum { MAXIMUM_LINKS = 1000 };

struct chain {
    int signal;
    _Atomic(const struct link *) newest;
    size_t count;
    struct link links[MAXIMUM_LINKS];
};

static struct chain chains[] = {{.signal = SIGSEGV}, {.signal = SIGBUS}};
static ct_lock chains_lock;
static atomic_int is_copied;
static atomic_ullong faults;

// The signal that this thread is passing on, to recognize one that a host's handler passes back to ours.
static CT_THREAD_STATE siginfo_t *handing_on;
static CT_THREAD_STATE char *handing_on_frame;
static CT_THREAD_STATE int handing_on_depth;

// Set while a foreign allocator is asked for the size of a block.
static CT_THREAD_STATE sigjmp_buf *volatile allocator_escape;

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
    // A fault recurs on return, so a core dump shows the faulting instruction; a sent signal must be sent again.
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

static int take_fault(int signal, siginfo_t *info, void *context) {
    (void)signal;
    if (info->si_code <= 0) return 0;
    if (resume_guarded_read(context)) return 1;
    if (allocator_escape == NULL) return 0;
    atomic_fetch_add_explicit(&faults, 1, memory_order_relaxed);
    siglongjmp(*allocator_escape, 1);
}

/// The handlers of other copies of the tracker in the process, whose faults this handler passes on.
static _Atomic(ct_take_fault *) others[8];

static int join_faults(ct_take_fault *take) {
    for (size_t index = 0; index < sizeof others / sizeof *others; index++) {
        ct_take_fault *expected = NULL;
        if (atomic_compare_exchange_strong(&others[index], &expected, take) || expected == take) return 1;
    }
    return 0;
}

static int others_take_fault(int signal, siginfo_t *info, void *context) {
    for (size_t index = 0; index < sizeof others / sizeof *others; index++) {
        ct_take_fault *take = atomic_load_explicit(&others[index], memory_order_acquire);
        if (take == NULL) return 0;
        if (take(signal, info, context)) return 1;
    }
    return 0;
}

static void handle_fault(int signal, siginfo_t *info, void *context) {
    int saved_errno = errno;
    if (take_fault(signal, info, context) || others_take_fault(signal, info, context)) return;
    struct chain *chain = signal == SIGSEGV ? &chains[0] : &chains[1];
    // Not the address of a variable, which AddressSanitizer may place outside the stack.
    char *here = __builtin_frame_address(0);
    // The same signal deeper in the stack: a host's handler passes it back to ours. A counter alone would not do,
    // because a handler may leave by siglongjmp.
    int depth = info == handing_on && here < handing_on_frame ? handing_on_depth + 1 : 0;
    const struct link *next = atomic_load_explicit(&chain->newest, memory_order_acquire);
    for (int steps = depth; steps > 0 && next != NULL; steps--) next = next->older;
    if (next == NULL) {
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
    hand_on(&next->action, signal, info, context);
    handing_on = outer;
    handing_on_frame = outer_frame;
    handing_on_depth = outer_depth;
    errno = saved_errno;
}

static int same_handler(const struct sigaction *left, const struct sigaction *right) {
    return left->sa_flags == right->sa_flags && left->sa_sigaction == right->sa_sigaction;
}

static int is_ours(const struct sigaction *action) {
    return (action->sa_flags & SA_SIGINFO) && action->sa_sigaction == handle_fault;
}

/// Returns the link for a handler that ours precedes, or null if there is no space. The caller holds `chains_lock`.
static const struct link *link_for(struct chain *chain, const struct sigaction *action) {
    const struct link *newest = atomic_load_explicit(&chain->newest, memory_order_relaxed);
    // The host has reinstalled an earlier handler; the links after it are no longer in use.
    for (const struct link *link = newest; link != NULL; link = link->older) {
        if (same_handler(&link->action, action)) return link;
    }
    for (size_t index = 0; index < chain->count; index++) {
        const struct link *link = &chain->links[index];
        if (link->older == newest && same_handler(&link->action, action)) return link;
    }
    if (chain->count == MAXIMUM_LINKS) return NULL;
    chain->links[chain->count] = (struct link){*action, newest};
    return &chain->links[chain->count++];
}

/// Installs our handler as the first. The caller holds `chains_lock`.
static int come_first(struct chain *chain) {
    struct sigaction current, replaced;
    if (sigaction(chain->signal, NULL, &current) != 0) return errno;
    while (!is_ours(&current)) {
        const struct link *link = link_for(chain, &current);
        if (link == NULL) return ENOSPC;
        atomic_store_explicit(&chain->newest, link, memory_order_release);
        // Uses the host's mask, because its handler runs inside ours, and SA_ONSTACK, which a handler on an alternate
        // stack needs and any other handler does not notice.
        struct sigaction ours = {.sa_sigaction = handle_fault, .sa_mask = current.sa_mask};
        ours.sa_flags = SA_SIGINFO | SA_ONSTACK | (current.sa_flags & (SA_RESTART | SA_NODEFER));
        if (sigaction(chain->signal, &ours, &replaced) != 0) return errno;
        if (same_handler(&replaced, &current)) return 0;
        // The host installed another handler between the two calls, which was just replaced: link it as the one before
        // ours.
        current = replaced;
    }
    return 0;
}

/// Indicates whether this copy receives faults: its handler is the first, or another copy's first handler calls it.
static int is_first(const struct chain *chain) {
    struct sigaction current;
    if (sigaction(chain->signal, NULL, &current) != 0) return 0;
    if (is_ours(&current)) return 1;
    if (!(current.sa_flags & SA_SIGINFO)) return 0;
    // The last handler that was asked, so that the loader's lock is not taken each time.
    static _Atomic(ct_fault_handler *) joined;
    if (current.sa_sigaction == atomic_load_explicit(&joined, memory_order_relaxed)) return 1;
    for (const struct link *link = atomic_load(&chain->newest); link != NULL; link = link->older) {
        // The host's own handler, in front of which ours was installed.
        if (same_handler(&link->action, &current)) return 0;
    }
    if (!ct_join_handler(current.sa_sigaction, take_fault)) return 0;
    atomic_store_explicit(&joined, current.sa_sigaction, memory_order_relaxed);
    return 1;
}

int ct_guard_renew(void) {
    if (atomic_load_explicit(&is_copied, memory_order_relaxed)) return 0;
    for (size_t index = 0; index < sizeof chains / sizeof *chains; index++) {
        if (is_first(&chains[index])) continue;
        if (!ct_lock_take(&chains_lock, CT_CALLER_PATIENCE)) return EBUSY;
        int failure = come_first(&chains[index]);
        ct_lock_leave(&chains_lock);
        if (failure != 0) return failure;
    }
    return 0;
}

static void forget_holder(void) { ct_lock_leave(&chains_lock); }

static void prepare(void) {
    ct_show_handler(handle_fault, join_faults);
    // The thread that held the lock does not exist in a child.
    (void)pthread_atfork(NULL, NULL, forget_holder);
}

int ct_guard_enter(ct_guard *guard) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    guard->blocked = 0;
    ct_stay_loaded();
    (void)pthread_once(&once, prepare);
    int failure = ct_guard_renew();
    if (failure != 0) return failure;
    // A fault whose signal is blocked ends the process without calling any handler.
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

size_t ct_guarded_usable_size(uintptr_t block) {
    sigjmp_buf escape;
    size_t size = 0;
    if (sigsetjmp(escape, 1) == 0) {
        allocator_escape = &escape;
        size = ct_ask_allocator(block);
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
    atomic_store_explicit(&is_copied, 1, memory_order_relaxed);
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGSYS};
    // Runs on the thread's alternate stack, if it has one: a stack overflow is a fault, too.
    struct sigaction ours = {.sa_sigaction = handle_in_copy, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    for (size_t index = 0; index < sizeof fatal / sizeof *fatal; index++) sigaction(fatal[index], &ours, NULL);
}

// MARK: Stacks

static CT_THREAD_STATE uintptr_t noted_stack, noted_stack_end;

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
