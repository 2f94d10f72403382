#ifndef FUZZ_SUPPORT_H
#define FUZZ_SUPPORT_H

#include <stddef.h>
#include <stdint.h>

/// Runs libFuzzer, if the program was linked with it.
///
/// - Returns: Its exit code; -1 where it is not there.
int fuzz_run(int argc, char *_Nullable *_Nonnull argv, int (*_Nonnull one)(const uint8_t *_Nullable, size_t));

/// Makes a file in memory, which Swift's Glibc module has no function for.
///
/// - Returns: Its descriptor, or -1.
int fuzz_memory_file(void);

#endif
