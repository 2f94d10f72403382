#define _GNU_SOURCE
// Finds the functions of the Swift runtime and of the loader that are redirected.

#include "images_internal.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <sys/auxv.h>

extern void *swift_allocObject(const void *, size_t, size_t);
extern void swift_deallocPartialClassInstance(void *, const void *, size_t, size_t);
extern void swift_addNewDSOImage(void *);

const char *const ct_runtime_function_names[CT_RUNTIME_FUNCTIONS] = {
    [CT_ALLOCATE_OBJECT] = "swift_allocObject",
    [CT_DEALLOCATE_PARTIAL_INSTANCE] = "swift_deallocPartialClassInstance",
    [CT_ADD_IMAGE] = "swift_addNewDSOImage",
};

/// Returns the function to which a name resolves: another library may precede the runtime, to observe allocations as we
/// do.
static void *find_by_name(const char *name) {
    void *found = dlsym(RTLD_DEFAULT, name);
    Dl_info info;
    const ElfW(Sym) *symbol = NULL;
    // In an executable that is not position-independent, an import may resolve to the stub that jumps through its slot,
    // which would lead back to us. Not checked for libraries, because dladdr searches all symbols of the runtime.
    if (found != NULL && ct_image_base((uintptr_t)found) == ct_image_base(getauxval(AT_ENTRY))
        && dladdr1(found, &info, (void **)&symbol, RTLD_DL_SYMENT) != 0 && symbol != NULL
        && symbol->st_shndx == SHN_UNDEF) {
        found = dlsym(RTLD_NEXT, name);
    }
    return found;
}

void *ct_find_function(ct_runtime_function function) {
    // Symbol lookup does not find a statically linked runtime.
    static _Atomic(void *) known[CT_RUNTIME_FUNCTIONS];
    void *found = atomic_load(&known[function]);
    if (found == NULL) {
        found = find_by_name(ct_runtime_function_names[function]);
        if (found == NULL) {
            found = function == CT_ALLOCATE_OBJECT               ? (void *)swift_allocObject
                : function == CT_DEALLOCATE_PARTIAL_INSTANCE ? (void *)swift_deallocPartialClassInstance
                                                             : (void *)swift_addNewDSOImage;
        }
        atomic_store(&known[function], found);
    }
    return found;
}

static _Atomic(void *) open_library, open_library_in;

void ct_search_functions(void) {
    for (ct_runtime_function function = 0; function < CT_RUNTIME_FUNCTIONS; function++) {
        (void)ct_find_function(function);
    }
    if (atomic_load(&open_library) == NULL) {
        atomic_store(&open_library_in, find_by_name("dlmopen"));
        atomic_store(&open_library, find_by_name("dlopen"));
    }
}

void *ct_find_dlopen(void) { return atomic_load(&open_library); }

void *ct_find_dlmopen(void) { return atomic_load(&open_library_in); }

int ct_runtime_is_shared(void) {
    return ct_image_base((uintptr_t)ct_find_function(CT_ALLOCATE_OBJECT)) != ct_image_base((uintptr_t)ct_runtime_is_shared);
}
