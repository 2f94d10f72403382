#include "CTrackingTestSupport.h"

// What no service can bring about when it wants to: a holder of the locks that has lost its processor.
#include "../../Sources/CTrackingRuntime/Objects/tracked_objects_internal.h"

void ctt_lock_shards(void *registry) {
    for (size_t index = 0; index < CT_SHARDS; index++) {
        (void)ct_lock_take(&((ct_registry *)registry)->shards[index].lock, CT_CALLER_PATIENCE);
    }
}

void ctt_unlock_shards(void *registry) {
    for (size_t index = 0; index < CT_SHARDS; index++) {
        ct_lock_leave(&((ct_registry *)registry)->shards[index].lock);
    }
}
