#ifndef CTRACKING_DEBUG_LINES_H
#define CTRACKING_DEBUG_LINES_H

// Source lines of code, from a file's DWARF.
//
// The runtime library that could tell them (libswiftRuntime) asks for executable stacks, which makes those of the whole
// process so, and is refused where a unit forbids it; it also keeps tens of megabytes. In C, because a debug build of a
// large program has tens of millions of opcodes to go through.

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes of a section that are in memory.
typedef struct {
    const uint8_t *_Nullable bytes;
    size_t count;
} ct_section;

/// The line that an address belongs to.
typedef struct {
    /// As the file has it, without what is added when it is loaded.
    uint64_t address;
    /// 0 where it is not known.
    uint32_t line;
    /// Whether the compiler gave the code no line, so that it is that of the code before it.
    int is_made_up;
    /// Point into the sections; the directory is null where it is that of the compilation, or part of the name.
    const char *_Nullable directory;
    const char *_Nullable file;
} ct_line;

/// Looks addresses up in the line tables of a file (DWARF 2 to 5, .debug_line).
///
/// Whatever the bytes are, nothing outside of the sections is read; a table that is damaged ends the search in it.
///
/// - Parameters:
///   - lines: The `.debug_line` section.
///   - line_strings: The `.debug_line_str` section, of DWARF 5.
///   - strings: The `.debug_str` section.
///   - wanted: The addresses in ascending order; receives what was found.
void ct_find_lines(
    ct_section lines, ct_section line_strings, ct_section strings, ct_line *_Nonnull wanted, size_t count);

/// The exported symbol that an address belongs to, as far as the loader knows; null where it knows none.
const char *_Nullable ct_exported_symbol(uintptr_t address);

/// The demangled form of a Swift symbol, to be freed; null where it is none.
char *_Nullable ct_demangle(const char *_Nonnull symbol, size_t length);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
