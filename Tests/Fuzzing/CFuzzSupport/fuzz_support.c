#define _GNU_SOURCE
#include "fuzz_support.h"

#include <sys/mman.h>

// Weak: an ordinary build has no libFuzzer, and reads inputs once.
extern int LLVMFuzzerRunDriver(int *, char ***, int (*)(const uint8_t *, size_t)) __attribute__((weak));

static int (*target)(const uint8_t *, size_t);

/// For libFuzzer's own main, which is linked along and not called.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) { return target(bytes, count); }

int fuzz_run(int argc, char **argv, int (*one)(const uint8_t *, size_t)) {
    target = one;
    return LLVMFuzzerRunDriver == NULL ? -1 : LLVMFuzzerRunDriver(&argc, &argv, LLVMFuzzerTestOneInput);
}

int fuzz_memory_file(void) { return memfd_create("fuzz", MFD_CLOEXEC); }
