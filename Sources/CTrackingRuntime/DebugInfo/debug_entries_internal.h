#ifndef CT_DEBUG_ENTRIES_INTERNAL_H
#define CT_DEBUG_ENTRIES_INTERNAL_H

#include "debug_inlines.h"
#include "debug_internal.h"

#pragma GCC visibility push(hidden)

// Units of `.debug_info` and their entries. DWARF 5, sections 3 and 7.5.

enum {
    CT_TAG_INLINED_SUBROUTINE = 0x1D,
    CT_TAG_SUBPROGRAM = 0x2E,
    /// Units of large programs have some hundred; an entry with a larger code ends the search in its unit.
    CT_ABBREVIATIONS = 2048,
};

/// The attributes that are read.
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

/// The value of an attribute; the form is 0 if the entry does not have it.
typedef struct {
    uint64_t form, number;
    const char *text;
} ct_debug_value;

typedef struct {
    ct_debug_value values[CT_ATTRIBUTES];
} ct_debug_entry;

/// The format of the entries with one code.
typedef struct {
    /// The offset of its attributes in `.debug_abbrev`.
    uint32_t place;
    uint32_t tag;
    /// The bytes of an entry's attributes, or CT_VARIES.
    uint32_t size;
    uint8_t has_children, is_known;
    /// Indicates whether its entries may cover addresses.
    uint8_t has_code;
} ct_abbreviation;

#define CT_VARIES UINT32_MAX

/// An abbreviation that was looked up.
typedef struct {
    /// The offset of the abbreviation table, and the code within it; 0 marks an empty slot.
    uint64_t table, code;
    ct_abbreviation abbreviation;
} ct_known_abbreviation;

/// The state that all lookups in a file share.
typedef struct {
    const ct_debug_sections *sections;
    /// The work that may still be done, roughly in bytes read. It ends the search in a damaged file that is read
    /// repeatedly.
    int64_t budget;
    /// Offsets of units: for each part of `.debug_info`, the last unit that begins before it.
    uint64_t marks[256];
    /// A cache: the units of an object file share one table, in which most abbreviations are far from the beginning.
    ct_known_abbreviation known[64];
} ct_debug_file;

/// A unit of `.debug_info`.
typedef struct {
    ct_debug_file *file;
    /// Its first offset and its end.
    uint64_t place, end;
    unsigned version;
    /// The offset of its abbreviations.
    uint64_t abbreviations;
    /// The entries, the first of which is the unit's own, and the attributes of that one.
    ct_cursor entries;
    ct_debug_entry root;
    /// The address to which the offsets of its ranges are added.
    uint64_t base;
} ct_debug_unit;

void ct_open_debug_file(ct_debug_file *file, const ct_debug_sections *sections);

/// Returns the end of the unit that begins at an offset, which is always larger.
uint64_t ct_debug_unit_end(const ct_debug_file *file, uint64_t place);

/// Opens the unit that begins at an offset.
///
/// - Returns: 0 if it is damaged, or of a kind that has no code.
int ct_open_debug_unit(ct_debug_file *file, uint64_t place, ct_debug_unit *unit);

/// Fills in a table of the unit's abbreviations, indexed by code.
void ct_read_abbreviations(const ct_debug_unit *unit, ct_abbreviation table[CT_ABBREVIATIONS]);

/// Reads the attributes of the entry at `from`, and moves `from` after them.
void ct_take_entry(
    const ct_debug_unit *unit, const ct_abbreviation *abbreviation, ct_cursor *from, ct_debug_entry *entry);

/// Skips the attributes of the entry at `from`.
void ct_skip_entry(const ct_debug_unit *unit, const ct_abbreviation *abbreviation, ct_cursor *from);

/// Reads the address in an attribute.
///
/// - Returns: 0 if it holds none.
int ct_address(const ct_debug_unit *unit, const ct_debug_value *value, uint64_t *address);

/// Returns the linkage name of an entry's function, or else its name.
const char *ct_function_name(const ct_debug_unit *unit, const ct_debug_entry *entry);

/// Enumerates the address ranges that an entry covers.
typedef struct {
    const ct_debug_unit *unit;
    ct_cursor list;
    uint64_t base, low, high;
    int is_list;
} ct_range_walk;

ct_range_walk ct_begin_ranges(const ct_debug_unit *unit, const ct_debug_entry *entry);

/// Moves to the next range.
///
/// - Returns: 0 if there is none.
int ct_next_range(ct_range_walk *walk);

#pragma GCC visibility pop

#endif
