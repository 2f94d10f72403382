#ifndef CTRACKING_DEBUG_INLINES_H
#define CTRACKING_DEBUG_INLINES_H

// Calls that the compiler inlined, from a file's DWARF: no return address tells of them, and line tables tell the
// innermost line only.

#include "debug_lines.h"

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

/// The sections of a file; those that it does not have are empty.
typedef struct {
    /// `.debug_info` and `.debug_abbrev`: without them nothing is found.
    ct_section info, abbreviations;
    /// `.debug_ranges` of DWARF 4, `.debug_rnglists` of DWARF 5.
    ct_section ranges, range_lists;
    /// `.debug_addr` and `.debug_str_offsets`, of DWARF 5.
    ct_section addresses, string_offsets;
    ct_section strings, line_strings;
    /// `.debug_line`, for the names of files.
    ct_section lines;
} ct_debug_sections;

enum {
    /// Of calls inlined into each other, so many are told.
    CT_INLINED_CALLS = 24,
};

/// A call that was inlined.
typedef struct {
    /// What was called: the linkage name, or else the name; null where it has none.
    const char *_Nullable function;
    /// Where it was called: the line, 0 where the compiler made the call up, and the file as in ``ct_line``.
    uint32_t line;
    /// How deep in the tree of entries the call's stands.
    uint32_t depth;
    const char *_Nullable directory;
    const char *_Nullable file;
} ct_inlined_call;

/// The inlined calls that an address is in.
typedef struct {
    /// As the file has it, without what is added when it is loaded.
    uint64_t address;
    /// Where in `.debug_info` the entry of the function stands that the code is in; 0 where none is known.
    uint64_t function;
    /// How many calls are known.
    uint32_t count;
    /// Whether there were more than fit; the innermost ones are left out then.
    int is_cut;
} ct_inlines;

/// Looks up which inlined calls addresses are in (DWARF 4 and 5 with offsets of 32 bits, `.debug_info`).
///
/// Whatever the bytes are, nothing outside of the sections is read, and the time is bounded by how many they are.
/// Damage ends the search in its unit.
///
/// - Parameters:
///   - sections: What the file has.
///   - wanted: The addresses in ascending order; receives what was found.
///   - calls: Receives the calls, innermost first: for each address there is room for CT_INLINED_CALLS of them.
void ct_find_inlines(
    const ct_debug_sections *_Nonnull sections, ct_inlines *_Nonnull wanted, ct_inlined_call *_Nonnull calls,
    size_t count);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
