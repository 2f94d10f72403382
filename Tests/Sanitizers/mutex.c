// Where threads have to wait for a `Mutex` of Swift's Synchronization module, it is handed over by a system call (a futex with
// priority inheritance) within the standard library, which is not instrumented: ThreadSanitizer would see no order between its
// owners, and call all that is behind a mutex a race. The functions for that case are called from inlined code by their
// symbols; those here come first, tell of the order, and go on to the library's.
// Scripts/sanitize links every program that it builds with this.
//
// swiftlang/swift, stdlib/public/Synchronization/Mutex/LinuxImpl.swift: `_MutexHandle`. Should it change, the symbols are not
// found any more and ThreadSanitizer complains again; nothing is hidden.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>
#include <stdbool.h>
#include <stdint.h>

#define SWIFTCALL __attribute__((swiftcall))
#define CONTEXT __attribute__((swift_context))
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFTCALL void css_lock(uint32_t thread, CONTEXT void *mutex) __asm__(LOCK);
SWIFTCALL bool css_try_lock(CONTEXT void *mutex) __asm__(TRY_LOCK);
SWIFTCALL void css_unlock(CONTEXT void *mutex) __asm__(UNLOCK);

static SWIFTCALL void (*library_lock)(uint32_t thread, CONTEXT void *mutex);
static SWIFTCALL bool (*library_try_lock)(CONTEXT void *mutex);
static SWIFTCALL void (*library_unlock)(CONTEXT void *mutex);

__attribute__((constructor)) static void find(void) {
    library_lock = dlsym(RTLD_NEXT, LOCK);
    library_try_lock = dlsym(RTLD_NEXT, TRY_LOCK);
    library_unlock = dlsym(RTLD_NEXT, UNLOCK);
}

SWIFTCALL void css_lock(uint32_t thread, CONTEXT void *mutex) {
    library_lock(thread, mutex);
    __tsan_acquire(mutex);
}

SWIFTCALL bool css_try_lock(CONTEXT void *mutex) {
    bool isLocked = library_try_lock(mutex);
    if (isLocked) __tsan_acquire(mutex);
    return isLocked;
}

SWIFTCALL void css_unlock(CONTEXT void *mutex) {
    __tsan_release(mutex);
    library_unlock(mutex);
}
