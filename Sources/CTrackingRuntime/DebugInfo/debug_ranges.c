#include "debug_entries_internal.h"

// Ranges of an entry: DWARF 5, sections 2.17 and 7.25; DWARF 4, section 2.17.3.
enum {
    RLE_END_OF_LIST,
    RLE_BASE_ADDRESSX,
    RLE_STARTX_ENDX,
    RLE_STARTX_LENGTH,
    RLE_OFFSET_PAIR,
    RLE_BASE_ADDRESS,
    RLE_START_END,
    RLE_START_LENGTH,
};

static const uint64_t no_address = UINT64_MAX;

ct_range_walk ct_begin_ranges(const ct_debug_unit *unit, const ct_debug_entry *entry) {
    const ct_debug_sections *sections = unit->file->sections;
    const ct_debug_value *ranges = &entry->values[CT_RANGES], *high = &entry->values[CT_HIGH];
    ct_range_walk walk = {.unit = unit, .base = unit->base};
    if (ranges->form == 0) {
        if (!ct_address(unit, &entry->values[CT_LOW], &walk.low) || high->form == 0) {
            walk.low = 0;
        } else if (!ct_address(unit, high, &walk.high)) {
            // A constant is a length in bytes.
            walk.high = walk.low + high->number;
        }
        return walk;
    }
    walk.is_list = 1;
    uint64_t offset = ranges->number;
    if (ranges->form == CT_FORM_RNGLISTX) {
        const ct_debug_value *base = &unit->root.values[CT_RANGE_BASE];
        if (base->form == 0 || offset > UINT32_MAX) {
            return walk;
        }
        ct_cursor from = ct_cursor_at(sections->range_lists, base->number + offset * 4);
        if (from.place == from.end) {
            return walk;
        }
        offset = base->number + ct_take(&from, 4);
    }
    walk.list = ct_cursor_at(unit->version >= 5 ? sections->range_lists : sections->ranges, offset);
    return walk;
}

static uint64_t take_indexed(const ct_debug_unit *unit, ct_cursor *from) {
    ct_debug_value value = {CT_FORM_ADDRX, ct_take_unsigned(from), NULL};
    uint64_t address = no_address;
    return ct_address(unit, &value, &address) ? address : no_address;
}

/// Reads one entry of a list of DWARF 5.
static int take_range(ct_range_walk *walk) {
    ct_cursor *from = &walk->list;
    walk->low = walk->high = 0;
    switch (ct_take(from, 1)) {
    case RLE_BASE_ADDRESSX: walk->base = take_indexed(walk->unit, from); return 1;
    case RLE_STARTX_ENDX:
        walk->low = take_indexed(walk->unit, from);
        walk->high = take_indexed(walk->unit, from);
        return 1;
    case RLE_STARTX_LENGTH:
        walk->low = take_indexed(walk->unit, from);
        walk->high = walk->low + ct_take_unsigned(from);
        return 1;
    case RLE_OFFSET_PAIR:
        walk->low = walk->base + ct_take_unsigned(from);
        walk->high = walk->base + ct_take_unsigned(from);
        return 1;
    case RLE_BASE_ADDRESS: walk->base = ct_take(from, 8); return 1;
    case RLE_START_END:
        walk->low = ct_take(from, 8);
        walk->high = ct_take(from, 8);
        return 1;
    case RLE_START_LENGTH:
        walk->low = ct_take(from, 8);
        walk->high = walk->low + ct_take_unsigned(from);
        return 1;
    // An unknown kind of entry has an unknown length.
    default: from->place = from->end; return 0;
    }
}

/// Reads one entry of a list of DWARF 4.
static int take_pair(ct_range_walk *walk) {
    uint64_t low = ct_take(&walk->list, 8), high = ct_take(&walk->list, 8);
    walk->low = walk->high = 0;
    if (low == 0 && high == 0) {
        walk->list.place = walk->list.end;
        return 0;
    }
    if (low == no_address) {
        walk->base = high;
    } else {
        walk->low = walk->base + low;
        walk->high = walk->base + high;
    }
    return 1;
}

int ct_next_range(ct_range_walk *walk) {
    if (!walk->is_list) {
        int is_range = walk->low < walk->high;
        // A single range is returned once.
        walk->is_list = 1;
        return is_range;
    }
    while (walk->list.place < walk->list.end && walk->unit->file->budget > 0) {
        walk->unit->file->budget -= 16;
        if (!(walk->unit->version >= 5 ? take_range(walk) : take_pair(walk))) {
            return 0;
        }
        if (walk->low < walk->high) {
            return 1;
        }
    }
    return 0;
}
