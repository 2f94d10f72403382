// Redirects functions of its own, on aarch64: what of the shim depends on that processor, without a Swift runtime.

#define _GNU_SOURCE
#include "../../Sources/CTrackingRuntime/Architecture/architecture_internal.h"
#include "guarded_reads.h"
#include "../../Sources/CTrackingRuntime/Hooks/runtime_hooks_internal.h"
#include "tracked_objects.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

static int failures;

static void expect(int holds, const char *what) {
    printf("%s: %s\n", holds ? "ok" : "FAILED", what);
    failures += !holds;
}

// MARK: What redirecting asks for

static long plain(long a, long b);
static long padded(long a, long b);
static long bound(long a, long b);
static long replacement(long a, long b);

static void *functions[CT_RUNTIME_FUNCTIONS] = {(void *)plain, (void *)padded, (void *)bound};
static long (*_Atomic originals[CT_RUNTIME_FUNCTIONS])(long, long);

void *ct_replacement(ct_runtime_function function) {
    (void)function;
    return (void *)replacement;
}

void *ct_find_function(ct_runtime_function function) { return functions[function]; }

void ct_set_original(ct_runtime_function function, void *original) {
    originals[function] = (long (*)(long, long))original;
}

int ct_tracking_is_forked(void) { return 0; }

// MARK: Functions that begin in several ways

__attribute__((naked, noinline)) static long plain(long a, long b) {
    __asm__("stp x29, x30, [sp, #-32]!\n mov x29, sp\n add x0, x0, x1\n ldp x29, x30, [sp], #32\n ret");
}

__attribute__((naked, noinline)) static long padded(long a, long b) {
    __asm__("hint #34\n sub sp, sp, #16\n sub x0, x0, x1\n add sp, sp, #16\n ret");
}

__attribute__((naked, noinline)) static long bound(long a, long b) {
    __asm__("adr x2, .\n mul x0, x0, x1\n ret");
}

static int calls;

__attribute__((noinline)) static long replacement(long a, long b) {
    calls++;
    return originals[a > 1000 ? CT_DEALLOCATE_PARTIAL_INSTANCE : CT_ALLOCATE_OBJECT](a, b) + 1000000;
}

static long call(ct_runtime_function function, long a, long b) {
    return ((long (*volatile)(long, long))functions[function])(a, b);
}

static void check_redirection(void) {
    expect(ct_redirect_entry(CT_ALLOCATE_OBJECT) == CT_HOOKED, "a function that stores its frame first is redirected");
    expect(call(CT_ALLOCATE_OBJECT, 3, 4) == 1000007 && calls == 1, "it is called through ours, and does what it did");
    expect(ct_redirect_entry(CT_ALLOCATE_OBJECT) == CT_HOOKED, "redirecting it again changes nothing");
    ct_restore_entry(CT_ALLOCATE_OBJECT);
    expect(call(CT_ALLOCATE_OBJECT, 3, 4) == 7 && calls == 1, "restored, it is called itself");
    expect(
        ct_redirect_entry(CT_ALLOCATE_OBJECT) == CT_HOOKED && call(CT_ALLOCATE_OBJECT, 5, 6) == 1000011,
        "it can be redirected anew");
    ct_restore_entry(CT_ALLOCATE_OBJECT);

    uint32_t pad, before = 0xD503245F;
    expect(ct_redirect_entry(CT_DEALLOCATE_PARTIAL_INSTANCE) == CT_HOOKED, "one with a landing pad is redirected");
    memcpy(&pad, functions[CT_DEALLOCATE_PARTIAL_INSTANCE], sizeof pad);
    expect(pad == before, "the landing pad stays first");
    expect(call(CT_DEALLOCATE_PARTIAL_INSTANCE, 2000, 1) == 1001999, "it is called through ours, and does what it did");
    ct_restore_entry(CT_DEALLOCATE_PARTIAL_INSTANCE);
    expect(call(CT_DEALLOCATE_PARTIAL_INSTANCE, 2000, 1) == 1999, "restored, it is called itself");

    expect(ct_redirect_entry(CT_ADD_IMAGE) == CT_HOOK_UNKNOWN_CODE, "one that begins with its own address is refused");
    expect(call(CT_ADD_IMAGE, 6, 7) == 42, "and is as it was");
}

// MARK: Guarded reads and the counter

static void check_reads(void) {
    ct_guard guard;
    uint64_t word = 0x0123456789ABCDEF;
    expect(ct_guard_enter(&guard) == 0, "reads are guarded");
    expect(ct_read64((uintptr_t)&word) == word && ct_read8((uintptr_t)&word) == 0xEF, "what is there is read");
    expect(ct_read64(16) == 0 && ct_read32(16) == 0 && ct_read8(16) == 0, "what is not there is zero");
    expect(ct_can_read((uintptr_t)&word) == 1 && ct_can_read(16) == 0, "it is known which is which");
    expect(ct_guard_faults() == 4, "each fault is counted");
    ct_guard_leave(&guard);
    uint64_t before = ct_counter();
    ct_relax();
    expect(ct_has_steady_counter() && ct_counter() >= before, "the counter goes on");
}

int main(void) {
    // Without descriptors code is changed in place: what is written through /proc/self/mem, the emulator takes no notice of.
    (void)setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, 0});
    check_redirection();
    check_reads();
    printf("%s\n", failures == 0 ? "all ok" : "there were failures");
    return failures != 0;
}
