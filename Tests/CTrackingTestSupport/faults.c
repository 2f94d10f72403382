#define _GNU_SOURCE
#include "CTrackingTestSupport.h"

#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static __thread sigjmp_buf *volatile escape;
static __thread volatile int calls;
static struct sigaction before;

static void leave(int signal, siginfo_t *info, void *context) {
    if (escape != NULL) {
        calls++;
        siglongjmp(*escape, 1);
    }
    if (before.sa_flags & SA_SIGINFO) {
        before.sa_sigaction(signal, info, context);
    } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
        before.sa_handler(signal);
    } else {
        sigaction(signal, &before, NULL);
    }
}

// The fault is the purpose; a sanitizer would report it as one.
__attribute__((noinline, no_sanitize("address", "thread"))) static void fault(void) {
    *(volatile int *)16 = 1;
}

int ctt_jump_out_of_faults(int count, void (*between)(void)) {
    struct sigaction leaving = {.sa_sigaction = leave, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigaction(SIGSEGV, &leaving, &before);
    calls = 0;
    for (volatile int number = 0; number < count; number++) {
        sigjmp_buf here;
        if (sigsetjmp(here, 1) == 0) {
            escape = &here;
            fault();
        }
        escape = NULL;
        between();
    }
    sigaction(SIGSEGV, &before, NULL);
    return calls;
}

void *ctt_map(size_t bytes, int protection, int is_beyond_file) {
    // The kernel hands out addresses from the top down. So far below, no other thread's mapping takes the place of one
    // that a test has taken away. (Within what ThreadSanitizer leaves to the program.)
    static _Atomic uintptr_t place = 0x7B0000000000;
    void *mapped = MAP_FAILED;
    if (!is_beyond_file) {
        void *hint = (void *)atomic_fetch_add(&place, (bytes + 0xFFFF) & ~(uintptr_t)0xFFFF);
        mapped = mmap(hint, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    } else {
        int file = memfd_create("page", 0);
        if (file >= 0 && ftruncate(file, 4096) == 0) mapped = mmap(NULL, bytes, protection, MAP_SHARED, file, 0);
        if (file >= 0) close(file);
    }
    return mapped == MAP_FAILED ? NULL : mapped;
}
