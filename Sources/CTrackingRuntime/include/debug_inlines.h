#ifndef CTRACKING_DEBUG_INLINES_H
#define CTRACKING_DEBUG_INLINES_H

// Finds the calls that the compiler inlined, from a file's DWARF. They have no return address, and a line table gives
// the innermost line only.

#include "debug_lines.h"

#pragma GCC visibility push(hidden)

#ifdef __cplusplus
extern "C" {
#endif

/// The sections of a file; a missing section is empty.
typedef struct {
    /// `.debug_info` and `.debug_abbrev`, which are required.
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
    /// The largest number of nested inlined calls that are reported.
    CT_INLINED_CALLS = 24,
};

/// An inlined call.
typedef struct {
    /// The called function: its linkage name, or else its name; null if it has none.
    const char *_Nullable function;
    /// The line of the call, 0 for a call that the compiler generated, and the file as in ``ct_line``.
    uint32_t line;
    /// The depth of the call's entry in the tree of entries.
    uint32_t depth;
    const char *_Nullable directory;
    const char *_Nullable file;
} ct_inlined_call;

/// The inlined calls that contain an address.
typedef struct {
    /// The address in the file, without the load bias.
    uint64_t address;
    /// The offset in `.debug_info` of the enclosing function's entry; 0 if none is known.
    uint64_t function;
    /// The number of calls found.
    uint32_t count;
    /// Indicates whether there were more than CT_INLINED_CALLS; the innermost ones are then omitted.
    int is_cut;
} ct_inlines;

/// Finds the inlined calls that contain each address (DWARF 4 and 5 with offsets of 32 bits, `.debug_info`).
///
/// For any input, nothing outside the sections is read, and the time is bounded by their size. Damage ends the search
/// in its unit.
///
/// - Parameters:
///   - sections: The file's sections.
///   - wanted: The addresses in ascending order; receives the results.
///   - calls: Receives the calls, innermost first: CT_INLINED_CALLS elements for each address.
void ct_find_inlines(
    const ct_debug_sections *_Nonnull sections, ct_inlines *_Nonnull wanted, ct_inlined_call *_Nonnull calls,
    size_t count);

#ifdef __cplusplus
}
#endif

#pragma GCC visibility pop

#endif
