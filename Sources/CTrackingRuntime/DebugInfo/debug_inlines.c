#include "debug_entries_internal.h"

/// Returns the index of the first wanted address that is not below `address`.
static size_t first_from(uint64_t address, const ct_inlines *wanted, size_t count) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (wanted[middle].address < address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/// Indicates whether a unit contains any address whose function is not known.
static int is_wanted(const ct_debug_unit *unit, const ct_inlines *wanted, size_t count) {
    ct_range_walk ranges = ct_begin_ranges(unit, &unit->root);
    while (ct_next_range(&ranges)) {
        for (size_t i = first_from(ranges.low, wanted, count); i < count && wanted[i].address < ranges.high; i++) {
            if (wanted[i].function == 0) {
                return 1;
            }
            unit->file->budget--;
        }
    }
    return 0;
}

/// Assigns the wanted addresses in a function that is not inlined to it.
///
/// Each unit that had a copy of the function may describe the one copy that the linker kept: the first description
/// counts.
static int claim(
    const ct_debug_unit *unit, const ct_debug_entry *entry, uint64_t place, ct_inlines *wanted, size_t count) {
    int is_claimed = 0;
    ct_range_walk ranges = ct_begin_ranges(unit, entry);
    while (ct_next_range(&ranges)) {
        for (size_t i = first_from(ranges.low, wanted, count); i < count && wanted[i].address < ranges.high; i++) {
            if (wanted[i].function == 0) {
                wanted[i].function = place;
            }
            is_claimed = is_claimed || wanted[i].function == place;
            unit->file->budget--;
        }
    }
    return is_claimed;
}

static void add(
    const ct_debug_unit *unit, const ct_debug_entry *entry, uint32_t depth, ct_inlines *inlines,
    ct_inlined_call *calls) {
    // Calls that overlap without nesting occur in damaged data only.
    while (inlines->count > 0 && calls[inlines->count - 1].depth >= depth) {
        inlines->count--;
    }
    if (inlines->count == CT_INLINED_CALLS) {
        inlines->is_cut = 1;
        return;
    }
    const ct_debug_sections *sections = unit->file->sections;
    ct_inlined_call *call = &calls[inlines->count++];
    *call = (ct_inlined_call){
        .function = ct_function_name(unit, entry),
        .line = (uint32_t)entry->values[CT_CALL_LINE].number,
        .depth = depth,
    };
    const ct_debug_value *table = &unit->root.values[CT_STATEMENTS];
    if (call->line != 0 && table->form != 0) {
        size_t bytes = ct_find_file(
            sections->lines, sections->line_strings, sections->strings, table->number,
            entry->values[CT_CALL_FILE].number, &call->directory, &call->file);
        // Names are skipped many bytes at a time.
        unit->file->budget -= 256 + (int64_t)(bytes / 16);
    }
}

/// Adds an inlined call to the addresses that it covers.
static void add_to_covered(
    const ct_debug_unit *unit, const ct_debug_entry *entry, uint64_t function, uint32_t depth, ct_inlines *wanted,
    ct_inlined_call *calls, size_t count) {
    ct_range_walk ranges = ct_begin_ranges(unit, entry);
    while (ct_next_range(&ranges)) {
        for (size_t i = first_from(ranges.low, wanted, count); i < count && wanted[i].address < ranges.high; i++) {
            if (wanted[i].function == function && unit->file->budget > 0) {
                add(unit, entry, depth, &wanted[i], calls + i * CT_INLINED_CALLS);
            }
            unit->file->budget--;
        }
    }
}

/// Moves to the next sibling of the entry whose attributes have been read, if the attribute gives its offset.
static int pass(const ct_debug_unit *unit, const ct_debug_value *sibling, ct_cursor *from) {
    const uint8_t *info = unit->file->sections->info.bytes;
    uint64_t next = sibling->form == CT_FORM_REF_ADDR ? sibling->number : unit->place + sibling->number;
    // Only forward, or the search would not end.
    if (sibling->form == 0 || next < (uint64_t)(from->place - info) || next >= unit->end) {
        return 0;
    }
    from->place = info + next;
    return 1;
}

/// Visits the entries of a unit, outer ones first.
static void walk(
    const ct_debug_unit *unit, const ct_abbreviation *table, ct_inlines *wanted, ct_inlined_call *calls, size_t count) {
    const uint8_t *info = unit->file->sections->info.bytes;
    ct_cursor from = unit->entries;
    uint32_t depth = 0, function_depth = 0;
    // The enclosing function, if it contains a wanted address.
    uint64_t function = 0;
    while (from.place < from.end && unit->file->budget > 0) {
        uint64_t place = (uint64_t)(from.place - info);
        uint64_t code = ct_take_unsigned(&from);
        if (code == 0) {
            if (depth <= 1) {
                return;
            }
            depth--;
            continue;
        }
        if (code >= CT_ABBREVIATIONS || !table[code].is_known) {
            return;
        }
        const ct_abbreviation *abbreviation = &table[code];
        if (depth <= function_depth) {
            function = 0;
        }
        int is_function = abbreviation->tag == CT_TAG_SUBPROGRAM && abbreviation->has_code;
        if (is_function || (abbreviation->tag == CT_TAG_INLINED_SUBROUTINE && function != 0)) {
            ct_debug_entry entry;
            ct_take_entry(unit, abbreviation, &from, &entry);
            if (from.place == from.end) {
                // A complete entry is always followed by the terminator of the unit's entries.
                return;
            }
            if (!is_function) {
                add_to_covered(unit, &entry, function, depth, wanted, calls, count);
            } else if (claim(unit, &entry, place, wanted, count)) {
                function = place;
                function_depth = depth;
            } else if (pass(unit, &entry.values[CT_SIBLING], &from)) {
                continue;
            }
        } else {
            ct_skip_entry(unit, abbreviation, &from);
        }
        if (abbreviation->has_children) {
            depth++;
        } else if (depth == 0) {
            return;
        }
    }
}

void ct_find_inlines(
    const ct_debug_sections *sections, ct_inlines *wanted, ct_inlined_call *calls, size_t count) {
    ct_debug_file file;
    ct_abbreviation table[CT_ABBREVIATIONS];
    uint64_t tabulated = UINT64_MAX;
    ct_open_debug_file(&file, sections);
    for (uint64_t place = 0, end; place < sections->info.count && file.budget > 0; place = end) {
        ct_debug_unit unit;
        end = ct_debug_unit_end(&file, place);
        if (!ct_open_debug_unit(&file, place, &unit) || !is_wanted(&unit, wanted, count)) {
            continue;
        }
        if (unit.abbreviations != tabulated) {
            ct_read_abbreviations(&unit, table);
            tabulated = unit.abbreviations;
        }
        walk(&unit, table, wanted, calls, count);
    }
    for (size_t i = 0; i < count; i++) {
        // They were found from the outermost inward.
        ct_inlined_call *first = calls + i * CT_INLINED_CALLS, *last = first + wanted[i].count;
        while (last - first > 1) {
            ct_inlined_call call = *first;
            *first++ = *--last;
            *last = call;
        }
    }
}
