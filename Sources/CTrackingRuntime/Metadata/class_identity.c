#define _GNU_SOURCE
#include "metadata_internal.h"

#include <string.h>

// Reads the context descriptors of a class and its parents (TargetContextDescriptor in the Swift repository). All reads
// are guarded: the library may be unloaded, and other data may be at its address.

enum {
    MODULE = 0,
    PROTOCOL = 3,
    FIRST_TYPE = 16,
    KIND_MASK = 0x1F,
    PARENT = 4,
    NAME = 8,
    INSTANCE_SIZE = 24,
    LONGEST_NAME = 255,
};

static uintptr_t related(uintptr_t place, uintptr_t ignored) {
    intptr_t distance = (int32_t)ct_read32(place);
    return distance == 0 ? 0 : place + ((uintptr_t)distance & ~ignored);
}

static uintptr_t parent_of(uintptr_t context) {
    uintptr_t place = context + PARENT, target = related(place, 1);
    // If the lowest bit is set, the reference is indirect.
    return ct_read32(place) & 1 ? ct_read64(target) : target;
}

static uint64_t mixed(uint64_t hash, uint64_t value) { return (hash ^ value) * UINT64_C(0x100000001B3); }

uint64_t ct_context_identity(uintptr_t context) {
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    if (ct_read32(context) == 0) {
        return 0;
    }
    for (int depth = 0; context != 0 && depth < 32; depth++) {
        uint32_t kind = ct_read32(context) & KIND_MASK;
        if (kind == MODULE || kind == PROTOCOL || kind >= FIRST_TYPE) {
            uintptr_t name = related(context + NAME, 0);
            for (int index = 0; name != 0 && index < LONGEST_NAME; index++) {
                uint8_t letter = ct_read8(name + (uintptr_t)index);
                hash = mixed(hash, letter);
                if (letter == 0) {
                    break;
                }
            }
        }
        context = parent_of(context);
    }
    return hash | 1;
}

uint64_t ct_class_identity(uintptr_t metadata) {
    uintptr_t descriptor = ct_lost_metadata_word(metadata, DESCRIPTOR);
    uint64_t name = descriptor == 0 ? 0 : ct_context_identity(descriptor);
    return name == 0 ? 0 : mixed(mixed(name, descriptor), ct_class_instance_size(metadata)) | 1;
}

uint64_t ct_identity_of_class(uintptr_t metadata) { return ct_class_identity(metadata); }

uint32_t ct_class_instance_size(uintptr_t metadata) { return ct_read32(metadata + INSTANCE_SIZE); }

size_t ct_class_name(uintptr_t metadata, char *name, size_t capacity) {
    uintptr_t start = related(ct_lost_metadata_word(metadata, DESCRIPTOR) + NAME, 0);
    size_t length = 0;
    while (start != 0 && length + 1 < capacity && (name[length] = (char)ct_read8(start + length)) != 0) {
        length++;
    }
    // A UTF-8 sequence of several bytes is not cut.
    while (length + 1 == capacity && length > 0 && ((unsigned char)name[length - 1] & 0xC0) == 0x80) {
        length--;
    }
    if (length + 1 == capacity && length > 0 && ((unsigned char)name[length - 1] & 0x80) != 0) {
        length--;
    }
    name[length] = 0;
    return length;
}
