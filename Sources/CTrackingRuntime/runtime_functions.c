#define _GNU_SOURCE
#include "runtime_hooks_internal.h"
#include "tracked_objects_internal.h"

#include <dlfcn.h>
#include <sys/auxv.h>

extern void *swift_allocObject(const void *, size_t, size_t);
extern void swift_deallocPartialClassInstance(void *, const void *, size_t, size_t);
extern void swift_addNewDSOImage(void *);

typedef void add_image_function(void *);

static _Atomic(add_image_function *) original_add_image;
static _Atomic(void (*)(void)) image_listener;

void ct_on_image_added(void (*body)(void)) { atomic_store(&image_listener, body); }

void ct_image_added(void) {
    void (*body)(void) = atomic_load(&image_listener);
    if (body != NULL && !ct_tracking_is_forked()) {
        body();
    }
}

/// What takes the place of swift_addNewDSOImage, which the start-up code of every Swift library calls.
static void add_image(void *sections) {
    atomic_load(&original_add_image)(sections);
    ct_image_added();
}

const ct_hooked_function ct_hooked_functions[CT_RUNTIME_FUNCTIONS] = {
    [CT_ALLOCATE_OBJECT] = {"swift_allocObject", (void *)ct_allocate_object},
    [CT_DEALLOCATE_PARTIAL_INSTANCE] = {"swift_deallocPartialClassInstance", (void *)ct_deallocate_partial_instance},
    [CT_ADD_IMAGE] = {"swift_addNewDSOImage", (void *)add_image},
};

/// Who is called by a name: another library may stand before the runtime, to see allocations as we do.
static void *find_by_name(const char *name) {
    void *found = dlsym(RTLD_DEFAULT, name);
    Dl_info info;
    const ElfW(Sym) *symbol = NULL;
    // In an executable that is not position-independent, an import may have the address of the stub that jumps through
    // its slot, and would lead back to us. Of libraries it is not asked: dladdr looks through all symbols of the runtime.
    if (found != NULL && ct_image_base((uintptr_t)found) == ct_image_base(getauxval(AT_ENTRY))
        && dladdr1(found, &info, (void **)&symbol, RTLD_DL_SYMENT) != 0 && symbol != NULL
        && symbol->st_shndx == SHN_UNDEF) {
        found = dlsym(RTLD_NEXT, name);
    }
    return found;
}

void *ct_find_function(ct_runtime_function function) {
    // A static runtime is not among the symbols that can be searched.
    static _Atomic(void *) known[CT_RUNTIME_FUNCTIONS];
    void *found = atomic_load(&known[function]);
    if (found == NULL) {
        found = find_by_name(ct_hooked_functions[function].name);
        if (found == NULL) {
            found = function == CT_ALLOCATE_OBJECT               ? (void *)swift_allocObject
                : function == CT_DEALLOCATE_PARTIAL_INSTANCE ? (void *)swift_deallocPartialClassInstance
                                                             : (void *)swift_addNewDSOImage;
        }
        atomic_store(&known[function], found);
    }
    return found;
}

void ct_set_original(ct_runtime_function function, void *original) {
    static _Atomic(void *) originals[CT_ADD_IMAGE];
    if (function == CT_ADD_IMAGE) {
        atomic_store(&original_add_image, (add_image_function *)original);
        return;
    }
    atomic_store(&originals[function], original);
    ct_set_originals(
        atomic_load(&originals[CT_ALLOCATE_OBJECT]), atomic_load(&originals[CT_DEALLOCATE_PARTIAL_INSTANCE]));
}

void ct_find_originals(void) {
    for (ct_runtime_function function = 0; function < CT_RUNTIME_FUNCTIONS; function++) {
        ct_set_original(function, ct_find_function(function));
    }
    // Once: a library may be on its way in, whose thread has the loader's lock and waits for us.
    static _Atomic(void *) open, open_in;
    if (atomic_load(&open) == NULL) {
        atomic_store(&open_in, find_by_name("dlmopen"));
        atomic_store(&open, find_by_name("dlopen"));
    }
    ct_set_open_library(atomic_load(&open), atomic_load(&open_in));
}

// MARK: Objects

typedef struct {
    uintptr_t address, base;
    void (*body)(void *);
    void *context;
} inquiry;

static int look(struct dl_phdr_info *image, size_t size, void *context) {
    (void)size;
    inquiry *inquiry = context;
    if (!ct_image_has(image, inquiry->address, 1, 0)) {
        return 0;
    }
    if (inquiry->body == NULL) {
        // Where nothing was added, the first segment tells apart from memory that belongs to no object.
        inquiry->base = image->dlpi_addr != 0 ? image->dlpi_addr : 1;
        return 1;
    }
    if (inquiry->base != (image->dlpi_addr != 0 ? image->dlpi_addr : 1)) {
        return 0;
    }
    inquiry->body(inquiry->context);
    return 1;
}

uintptr_t ct_image_base(uintptr_t address) {
    inquiry inquiry = {.address = address};
    dl_iterate_phdr(look, &inquiry);
    return inquiry.base;
}

int ct_with_image(uintptr_t address, uintptr_t base, void (*body)(void *), void *context) {
    inquiry inquiry = {address, base, body, context};
    return dl_iterate_phdr(look, &inquiry);
}

int ct_runtime_is_shared(void) {
    return ct_image_base((uintptr_t)ct_find_function(CT_ALLOCATE_OBJECT)) != ct_image_base((uintptr_t)add_image);
}
