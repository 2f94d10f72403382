#define _GNU_SOURCE
// Handles libraries that are loaded while classes are tracked.

#include "runtime_hooks_internal.h"

#include "forks.h"
#include "threads.h"
#include "tracked_objects.h"

#include <stdatomic.h>

typedef void add_image_function(void *);

static _Atomic(add_image_function *) original_add_image;
static _Atomic(void (*)(void)) image_listener;

void ct_on_image_added(void (*body)(void)) { atomic_store(&image_listener, body); }

void ct_image_added(void) {
    // Applied before the library is used.
    ct_classes_renew();
    void (*body)(void) = atomic_load(&image_listener);
    if (body != NULL && !ct_tracking_is_forked()) {
        // Objects that the tracker creates on the loading thread are not the host's.
        ct_own_objects();
        body();
        ct_end_own_objects();
    }
}

void ct_set_add_image(void *original) { atomic_store(&original_add_image, (add_image_function *)original); }

void ct_add_image(void *sections) {
    atomic_load(&original_add_image)(sections);
    ct_image_added();
}
