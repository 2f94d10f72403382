#ifndef CT_DEBUG_ENTRIES_INTERNAL_H
#define CT_DEBUG_ENTRIES_INTERNAL_H

#include "debug_inlines.h"
#include "debug_internal.h"

#pragma GCC visibility push(hidden)

// Units of `.debug_info` and their entries. DWARF 5, sections 3 and 7.5.

enum {
    CT_TAG_INLINED_SUBROUTINE = 0x1D,
    CT_TAG_SUBPROGRAM = 0x2E,
    /// Units of large programs have some hundred; those that have more give what stands before.
    CT_ABBREVIATIONS = 2048,
};

/// The attributes that matter.
typedef enum {
    CT_ATTRIBUTE_NONE,
    CT_SIBLING,
    CT_NAME,
    CT_LINKAGE_NAME,
    CT_STATEMENTS,
    CT_LOW,
    CT_HIGH,
    CT_RANGES,
    CT_ORIGIN,
    CT_SPECIFICATION,
    CT_CALL_FILE,
    CT_CALL_LINE,
    CT_STRING_BASE,
    CT_ADDRESS_BASE,
    CT_RANGE_BASE,
    CT_ATTRIBUTES,
} ct_attribute;

/// What an attribute says; the form is 0 where the entry does not have it.
typedef struct {
    uint64_t form, number;
    const char *text;
} ct_debug_value;

typedef struct {
    ct_debug_value values[CT_ATTRIBUTES];
} ct_debug_entry;

/// How the entries of a kind are written.
typedef struct {
    /// Of its attributes in `.debug_abbrev`.
    uint32_t place;
    uint32_t tag;
    /// Bytes of an entry's attributes, or CT_VARIES.
    uint32_t size;
    uint8_t has_children, is_known;
    /// Whether its entries may cover addresses.
    uint8_t has_code;
} ct_abbreviation;

#define CT_VARIES UINT32_MAX

/// An abbreviation that was looked up.
typedef struct {
    /// Of the table that it is in, and in it; the code is 0 where there is none.
    uint64_t table, code;
    ct_abbreviation abbreviation;
} ct_known_abbreviation;

/// What all look-ups in a file share.
typedef struct {
    const ct_debug_sections *sections;
    /// What may still be done, about in bytes read: in a file that is whole, nothing is read often.
    int64_t budget;
    /// Where units begin, each the last one before its part of `.debug_info`.
    uint64_t marks[256];
    /// The units of an object file have one table, in which those of most of them are far from the beginning.
    ct_known_abbreviation known[64];
} ct_debug_file;

/// A unit of `.debug_info`.
typedef struct {
    ct_debug_file *file;
    /// Where it begins and ends.
    uint64_t place, end;
    unsigned version;
    /// Where its abbreviations are.
    uint64_t abbreviations;
    /// The first entry, which is the unit's own, and what it says.
    ct_cursor entries;
    ct_debug_entry root;
    /// What the offsets in its ranges are added to.
    uint64_t base;
} ct_debug_unit;

void ct_open_debug_file(ct_debug_file *file, const ct_debug_sections *sections);

/// Where the unit ends that begins at an offset; beyond it.
uint64_t ct_debug_unit_end(const ct_debug_file *file, uint64_t place);

/// Opens the unit that begins at an offset.
///
/// - Returns: 0 where it is damaged, or of a kind that has no code.
int ct_open_debug_unit(ct_debug_file *file, uint64_t place, ct_debug_unit *unit);

/// Fills in a table of the unit's abbreviations by their codes.
void ct_read_abbreviations(const ct_debug_unit *unit, ct_abbreviation table[CT_ABBREVIATIONS]);

/// Reads the attributes of the entry that `from` is at, which then is behind them.
void ct_take_entry(
    const ct_debug_unit *unit, const ct_abbreviation *abbreviation, ct_cursor *from, ct_debug_entry *entry);

/// Passes over the attributes of the entry that `from` is at.
void ct_skip_entry(const ct_debug_unit *unit, const ct_abbreviation *abbreviation, ct_cursor *from);

/// The address that an attribute is.
///
/// - Returns: 0 where it is none.
int ct_address(const ct_debug_unit *unit, const ct_debug_value *value, uint64_t *address);

/// The linkage name of the function that an entry is of, or else its name.
const char *ct_function_name(const ct_debug_unit *unit, const ct_debug_entry *entry);

/// Goes through the addresses that an entry covers.
typedef struct {
    const ct_debug_unit *unit;
    ct_cursor list;
    uint64_t base, low, high;
    int is_list;
} ct_range_walk;

ct_range_walk ct_begin_ranges(const ct_debug_unit *unit, const ct_debug_entry *entry);

/// - Returns: 0 where there is no other range.
int ct_next_range(ct_range_walk *walk);

#pragma GCC visibility pop

#endif
