#ifndef CTRACKING_DEBUG_LINES_H
#define CTRACKING_DEBUG_LINES_H

// Finds the source lines of code, from a file's DWARF.
//
// The runtime library that could find them (libswiftRuntime) requires executable stacks, which makes all stacks of the
// process executable, and is rejected where a systemd unit forbids that; it also keeps tens of megabytes. Written in C,
// because a debug build of a large program has tens of millions of opcodes to decode.

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

/// The bytes of a section in memory.
typedef struct {
    const uint8_t *_Nullable bytes;
    size_t count;
} ct_section;

/// The source line of an address.
typedef struct {
    /// The address in the file, without the load bias.
    uint64_t address;
    /// The line; 0 if it is not known.
    uint32_t line;
    /// Indicates whether the compiler gave the code no line, so that `line` is that of the preceding code.
    int is_made_up;
    /// Point into the sections. The directory is null if it is the compilation directory, or part of the name.
    const char *_Nullable directory;
    const char *_Nullable file;
} ct_line;

/// Finds the lines of addresses in a file's line tables (DWARF 2 to 5, .debug_line).
///
/// For any input, nothing outside the sections is read; a damaged table ends the search in that table.
///
/// - Parameters:
///   - lines: The `.debug_line` section.
///   - line_strings: The `.debug_line_str` section, of DWARF 5.
///   - strings: The `.debug_str` section.
///   - wanted: The addresses in ascending order; receives the results.
void ct_find_lines(
    ct_section lines, ct_section line_strings, ct_section strings, ct_line *_Nonnull wanted, size_t count);

/// Returns the exported symbol that contains an address, according to the loader; null if it knows none.
const char *_Nullable ct_exported_symbol(uintptr_t address);

/// Returns the demangled form of a Swift symbol, which the caller frees; null if the symbol is not Swift's.
char *_Nullable ct_demangle(const char *_Nonnull symbol, size_t length);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
