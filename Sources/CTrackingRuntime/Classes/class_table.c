#define _GNU_SOURCE
#include "classes_internal.h"
#include "../Shims/pages_internal.h"

enum { FIRST_SLOTS = 1024 };

_Atomic(ct_class_table *) ct_classes;
size_t ct_class_count;
ct_class *ct_class_chunks[MAXIMUM_CHUNKS];

static void enter(ct_class_table *table, ct_class *class) {
    size_t slot = ct_class_hash(class->key) & table->mask;
    while (atomic_load_explicit(&table->slots[slot].key, memory_order_relaxed) != 0) {
        slot = (slot + 1) & table->mask;
    }
    atomic_store_explicit(&table->slots[slot].class, class, memory_order_relaxed);
    atomic_store_explicit(&table->slots[slot].key, class->key, memory_order_release);
}

ct_class *ct_class_obtain(uintptr_t key) {
    ct_class *class = ct_class_find(key);
    if (class != NULL) {
        return class;
    }
    size_t chunk = ct_class_count / CLASSES_A_CHUNK;
    if (chunk >= MAXIMUM_CHUNKS) {
        return NULL;
    }
    if (ct_class_chunks[chunk] == NULL && (ct_class_chunks[chunk] = ct_map(sizeof(ct_class) * CLASSES_A_CHUNK)) == NULL) {
        return NULL;
    }
    ct_class_table *table = atomic_load(&ct_classes);
    if (table == NULL || ct_class_count * 2 >= table->mask) {
        size_t slots = table == NULL ? FIRST_SLOTS : 2 * (table->mask + 1);
        ct_class_table *larger = ct_map(sizeof *larger + slots * sizeof *larger->slots);
        if (larger == NULL) {
            return NULL;
        }
        larger->mask = slots - 1;
        for (size_t index = 0; index < ct_class_count; index++) {
            enter(larger, ct_class_at(index));
        }
        // The smaller table stays for threads that are reading it: all smaller ones together take no more than the
        // largest.
        atomic_store_explicit(&ct_classes, larger, memory_order_release);
        table = larger;
    }
    class = ct_class_at(ct_class_count);
    class->key = key;
    ct_class_count++;
    enter(table, class);
    return class;
}
