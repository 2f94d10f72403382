#include "debug_entries_internal.h"

// Names of attributes and kinds of units (DWARF 5, sections 7.5.4 and 7.5.1).
enum {
    AT_SIBLING = 0x01,
    AT_NAME = 0x03,
    AT_STMT_LIST = 0x10,
    AT_LOW_PC = 0x11,
    AT_HIGH_PC = 0x12,
    AT_ABSTRACT_ORIGIN = 0x31,
    AT_SPECIFICATION = 0x47,
    AT_RANGES = 0x55,
    AT_CALL_FILE = 0x58,
    AT_CALL_LINE = 0x59,
    AT_LINKAGE_NAME = 0x6E,
    AT_STR_OFFSETS_BASE = 0x72,
    AT_ADDR_BASE = 0x73,
    AT_RNGLISTS_BASE = 0x74,
    AT_MIPS_LINKAGE_NAME = 0x2007,
    UT_COMPILE = 1,
    UT_PARTIAL = 3,
    MOST_ORIGINS = 8,
};

static ct_attribute attribute(uint64_t name) {
    switch (name) {
    case AT_SIBLING: return CT_SIBLING;
    case AT_NAME: return CT_NAME;
    case AT_STMT_LIST: return CT_STATEMENTS;
    case AT_LOW_PC: return CT_LOW;
    case AT_HIGH_PC: return CT_HIGH;
    case AT_ABSTRACT_ORIGIN: return CT_ORIGIN;
    case AT_SPECIFICATION: return CT_SPECIFICATION;
    case AT_RANGES: return CT_RANGES;
    case AT_CALL_FILE: return CT_CALL_FILE;
    case AT_CALL_LINE: return CT_CALL_LINE;
    case AT_LINKAGE_NAME:
    case AT_MIPS_LINKAGE_NAME: return CT_LINKAGE_NAME;
    case AT_STR_OFFSETS_BASE: return CT_STRING_BASE;
    case AT_ADDR_BASE: return CT_ADDRESS_BASE;
    case AT_RNGLISTS_BASE: return CT_RANGE_BASE;
    default: return CT_ATTRIBUTE_NONE;
    }
}

/// Returns the size in bytes of a form whose values all have the same size, or CT_VARIES.
static uint32_t size_of(uint64_t form) {
    switch (form) {
    case CT_FORM_FLAG_PRESENT:
    case CT_FORM_IMPLICIT_CONST: return 0;
    case CT_FORM_DATA1:
    case CT_FORM_FLAG:
    case CT_FORM_REF1:
    case CT_FORM_STRX1:
    case CT_FORM_ADDRX1: return 1;
    case CT_FORM_DATA2:
    case CT_FORM_REF2:
    case CT_FORM_STRX2:
    case CT_FORM_ADDRX2: return 2;
    case CT_FORM_STRX3:
    case CT_FORM_ADDRX3: return 3;
    case CT_FORM_DATA4:
    case CT_FORM_REF4:
    case CT_FORM_STRX4:
    case CT_FORM_ADDRX4:
    case CT_FORM_REF_SUP4:
    // Offsets, which have 4 bytes in the supported format.
    case CT_FORM_STRP:
    case CT_FORM_LINE_STRP:
    case CT_FORM_STRP_SUP:
    case CT_FORM_REF_ADDR:
    case CT_FORM_SEC_OFFSET:
    case CT_FORM_GNU_REF_ALT:
    case CT_FORM_GNU_STRP_ALT: return 4;
    case CT_FORM_ADDR:
    case CT_FORM_DATA8:
    case CT_FORM_REF8:
    case CT_FORM_REF_SIG8:
    case CT_FORM_REF_SUP8: return 8;
    case CT_FORM_DATA16: return 16;
    default: return CT_VARIES;
    }
}

/// Reads a value.
///
/// - Parameter constant: The value in the abbreviation itself.
static ct_debug_value take_value(ct_cursor *from, uint64_t form, int64_t constant) {
    if (form == CT_FORM_INDIRECT) {
        form = ct_take_unsigned(from);
    }
    ct_debug_value value = {form, 0, NULL};
    uint32_t size = size_of(form);
    if (form == CT_FORM_IMPLICIT_CONST) {
        value.number = (uint64_t)constant;
    } else if (size <= 8) {
        value.number = ct_take(from, size);
    } else if (size != CT_VARIES) {
        ct_skip(from, size);
    } else {
        switch (form) {
        case CT_FORM_STRING: value.text = ct_take_text(from); break;
        case CT_FORM_SDATA: value.number = (uint64_t)ct_take_signed(from); break;
        case CT_FORM_UDATA:
        case CT_FORM_REF_UDATA:
        case CT_FORM_STRX:
        case CT_FORM_ADDRX:
        case CT_FORM_LOCLISTX:
        case CT_FORM_RNGLISTX:
        case CT_FORM_GNU_ADDR_INDEX:
        case CT_FORM_GNU_STR_INDEX: value.number = ct_take_unsigned(from); break;
        case CT_FORM_BLOCK:
        case CT_FORM_EXPRLOC: ct_skip(from, ct_take_unsigned(from)); break;
        case CT_FORM_BLOCK1: ct_skip(from, ct_take(from, 1)); break;
        case CT_FORM_BLOCK2: ct_skip(from, ct_take(from, 2)); break;
        case CT_FORM_BLOCK4: ct_skip(from, ct_take(from, 4)); break;
        // An unknown form has an unknown length.
        default: from->place = from->end;
        }
    }
    return value;
}

/// Reads the next attribute of an abbreviation.
///
/// - Returns: 0 at the end.
static int take_attribute(ct_cursor *from, uint64_t *name, uint64_t *form, int64_t *constant) {
    *name = ct_take_unsigned(from);
    *form = ct_take_unsigned(from);
    *constant = *form == CT_FORM_IMPLICIT_CONST ? ct_take_signed(from) : 0;
    return *name != 0 || *form != 0;
}

/// Reads the abbreviation at `from`.
///
/// - Returns: Its code; 0 at the end.
static uint64_t take_abbreviation(const ct_debug_file *file, ct_cursor *from, ct_abbreviation *abbreviation) {
    uint64_t code = ct_take_unsigned(from), name, form;
    int64_t constant;
    abbreviation->tag = (uint32_t)ct_take_unsigned(from);
    abbreviation->has_children = ct_take(from, 1) != 0;
    if (code == 0) {
        return 0;
    }
    abbreviation->is_known = 1;
    abbreviation->has_code = 0;
    abbreviation->place = (uint32_t)(from->place - file->sections->abbreviations.bytes);
    uint32_t size = 0;
    while (take_attribute(from, &name, &form, &constant)) {
        uint32_t more = size_of(form);
        abbreviation->has_code |= name == AT_LOW_PC || name == AT_RANGES;
        // If the sum does not fit, the attributes are skipped one by one.
        size = size == CT_VARIES || more == CT_VARIES || size > UINT16_MAX ? CT_VARIES : size + more;
    }
    abbreviation->size = size;
    // A complete abbreviation is followed by another code, which is 0 at the end.
    return from->place == from->end ? 0 : code;
}

void ct_read_abbreviations(const ct_debug_unit *unit, ct_abbreviation table[CT_ABBREVIATIONS]) {
    memset(table, 0, CT_ABBREVIATIONS * sizeof *table);
    ct_cursor from = ct_cursor_at(unit->file->sections->abbreviations, unit->abbreviations);
    const uint8_t *begin = from.place;
    for (size_t read = 0; read < CT_ABBREVIATIONS; read++) {
        ct_abbreviation abbreviation;
        uint64_t code = take_abbreviation(unit->file, &from, &abbreviation);
        if (code == 0) {
            break;
        }
        if (code < CT_ABBREVIATIONS && !table[code].is_known) {
            table[code] = abbreviation;
        }
    }
    unit->file->budget -= from.place - begin;
}

/// Looks up one abbreviation, for a single entry.
static int find_abbreviation(const ct_debug_unit *unit, uint64_t wanted, ct_abbreviation *abbreviation) {
    ct_debug_file *file = unit->file;
    ct_known_abbreviation *known =
        &file->known[(unit->abbreviations + wanted) % (sizeof file->known / sizeof *file->known)];
    if (known->code == wanted && known->table == unit->abbreviations) {
        *abbreviation = known->abbreviation;
        return 1;
    }
    ct_cursor from = ct_cursor_at(file->sections->abbreviations, unit->abbreviations);
    const uint8_t *begin = from.place;
    int is_found = 0;
    for (size_t read = 0; read < CT_ABBREVIATIONS && !is_found; read++) {
        uint64_t code = take_abbreviation(file, &from, abbreviation);
        if (code == 0) {
            break;
        }
        is_found = code == wanted;
    }
    file->budget -= from.place - begin;
    if (is_found) {
        *known = (ct_known_abbreviation){unit->abbreviations, wanted, *abbreviation};
    }
    return is_found;
}

void ct_take_entry(
    const ct_debug_unit *unit, const ct_abbreviation *abbreviation, ct_cursor *from, ct_debug_entry *entry) {
    memset(entry, 0, sizeof *entry);
    ct_cursor attributes = ct_cursor_at(unit->file->sections->abbreviations, abbreviation->place);
    uint64_t name, form;
    int64_t constant;
    while (take_attribute(&attributes, &name, &form, &constant)) {
        entry->values[attribute(name)] = take_value(from, form, constant);
    }
    unit->file->budget -= attributes.place - unit->file->sections->abbreviations.bytes - abbreviation->place;
}

void ct_skip_entry(const ct_debug_unit *unit, const ct_abbreviation *abbreviation, ct_cursor *from) {
    if (abbreviation->size != CT_VARIES) {
        ct_skip(from, abbreviation->size);
        return;
    }
    ct_cursor attributes = ct_cursor_at(unit->file->sections->abbreviations, abbreviation->place);
    uint64_t name, form;
    int64_t constant;
    while (take_attribute(&attributes, &name, &form, &constant)) {
        (void)take_value(from, form, constant);
    }
    unit->file->budget -= attributes.place - unit->file->sections->abbreviations.bytes - abbreviation->place;
}

uint64_t ct_debug_unit_end(const ct_debug_file *file, uint64_t place) {
    ct_cursor from = ct_cursor_at(file->sections->info, place);
    uint64_t length = ct_take(&from, 4);
    if (length == 0xFFFFFFFF) {
        length = ct_take(&from, 8);
    }
    ct_skip(&from, length);
    return (uint64_t)(from.place - file->sections->info.bytes);
}

void ct_open_debug_file(ct_debug_file *file, const ct_debug_sections *sections) {
    *file = (ct_debug_file){.sections = sections};
    const size_t marks = sizeof file->marks / sizeof *file->marks;
    file->budget = (int64_t)(64 << 20)
        + 16 * (int64_t)(sections->info.count + sections->abbreviations.count + sections->ranges.count
                         + sections->range_lists.count);
    size_t part = sections->info.count / marks + 1;
    for (uint64_t place = 0, end; place < sections->info.count; place = end) {
        end = ct_debug_unit_end(file, place);
        for (size_t mark = (place + part - 1) / part; mark < marks && mark * part < end; mark++) {
            file->marks[mark] = place;
        }
    }
}

/// Opens the unit that contains an offset.
static int open_unit_around(ct_debug_file *file, uint64_t wanted, ct_debug_unit *unit) {
    if (wanted >= file->sections->info.count) {
        return 0;
    }
    const size_t marks = sizeof file->marks / sizeof *file->marks;
    uint64_t place = file->marks[wanted / (file->sections->info.count / marks + 1)];
    for (uint64_t end = ct_debug_unit_end(file, place); end <= wanted; end = ct_debug_unit_end(file, place)) {
        place = end;
        file->budget -= 4;
    }
    return ct_open_debug_unit(file, place, unit);
}

int ct_open_debug_unit(ct_debug_file *file, uint64_t place, ct_debug_unit *unit) {
    memset(unit, 0, sizeof *unit);
    unit->file = file;
    unit->place = place;
    unit->end = ct_debug_unit_end(file, place);
    ct_cursor from = ct_cursor_at(file->sections->info, place);
    if (ct_take(&from, 4) == 0xFFFFFFFF) {
        return 0;
    }
    from.end = file->sections->info.bytes + unit->end;
    unit->version = (unsigned)ct_take(&from, 2);
    uint64_t kind = UT_COMPILE, address_bytes;
    if (unit->version == 5) {
        kind = ct_take(&from, 1);
        address_bytes = ct_take(&from, 1);
        unit->abbreviations = ct_take(&from, 4);
    } else {
        unit->abbreviations = ct_take(&from, 4);
        address_bytes = ct_take(&from, 1);
    }
    if (unit->version < 4 || unit->version > 5 || address_bytes != 8 || (kind != UT_COMPILE && kind != UT_PARTIAL)) {
        return 0;
    }
    unit->entries = from;
    ct_abbreviation abbreviation;
    uint64_t code = ct_take_unsigned(&from);
    if (code == 0 || !find_abbreviation(unit, code, &abbreviation)) {
        return 0;
    }
    ct_take_entry(unit, &abbreviation, &from, &unit->root);
    (void)ct_address(unit, &unit->root.values[CT_LOW], &unit->base);
    return 1;
}

int ct_address(const ct_debug_unit *unit, const ct_debug_value *value, uint64_t *address) {
    switch (value->form) {
    case CT_FORM_ADDR: *address = value->number; return 1;
    case CT_FORM_ADDRX:
    case CT_FORM_ADDRX1:
    case CT_FORM_ADDRX2:
    case CT_FORM_ADDRX3:
    case CT_FORM_ADDRX4:
    case CT_FORM_GNU_ADDR_INDEX: break;
    default: return 0;
    }
    const ct_debug_value *base = &unit->root.values[CT_ADDRESS_BASE];
    if (base->form == 0 || value->number > UINT32_MAX) {
        return 0;
    }
    ct_cursor from = ct_cursor_at(unit->file->sections->addresses, base->number + value->number * 8);
    *address = ct_take(&from, 8);
    return 1;
}

static const char *text(const ct_debug_unit *unit, const ct_debug_value *value) {
    const ct_debug_sections *sections = unit->file->sections;
    switch (value->form) {
    case CT_FORM_STRING: return value->text;
    case CT_FORM_STRP: return ct_text_at(sections->strings, value->number);
    case CT_FORM_LINE_STRP: return ct_text_at(sections->line_strings, value->number);
    case CT_FORM_STRX:
    case CT_FORM_STRX1:
    case CT_FORM_STRX2:
    case CT_FORM_STRX3:
    case CT_FORM_STRX4: break;
    default: return NULL;
    }
    const ct_debug_value *base = &unit->root.values[CT_STRING_BASE];
    if (base->form == 0 || value->number > UINT32_MAX) {
        return NULL;
    }
    ct_cursor from = ct_cursor_at(sections->string_offsets, base->number + value->number * 4);
    return from.place == from.end ? NULL : ct_text_at(sections->strings, ct_take(&from, 4));
}

/// Returns the offset of the entry to which an attribute refers; 0 if it refers to none that can be read.
static uint64_t reference(const ct_debug_unit *unit, const ct_debug_value *value) {
    switch (value->form) {
    case CT_FORM_REF1:
    case CT_FORM_REF2:
    case CT_FORM_REF4:
    case CT_FORM_REF8:
    case CT_FORM_REF_UDATA: return value->number > UINT32_MAX ? 0 : unit->place + value->number;
    case CT_FORM_REF_ADDR: return value->number;
    default: return 0;
    }
}

const char *ct_function_name(const ct_debug_unit *unit, const ct_debug_entry *entry) {
    const char *short_name = NULL;
    ct_debug_unit other;
    ct_debug_entry origin;
    for (int hop = 0; hop < MOST_ORIGINS && unit->file->budget > 0; hop++) {
        const char *name = text(unit, &entry->values[CT_LINKAGE_NAME]);
        if (name != NULL) {
            return name;
        }
        if (short_name == NULL) {
            short_name = text(unit, &entry->values[CT_NAME]);
        }
        uint64_t place = reference(unit, &entry->values[CT_ORIGIN]);
        if (place == 0) {
            place = reference(unit, &entry->values[CT_SPECIFICATION]);
        }
        if (place == 0) {
            break;
        }
        if (place < unit->place || place >= unit->end) {
            // The root entry of the other unit has been read.
            if (!open_unit_around(unit->file, place, &other)) {
                break;
            }
            unit = &other;
        }
        const ct_section *info = &unit->file->sections->info;
        if (place < (uint64_t)(unit->entries.place - info->bytes)) {
            break;
        }
        ct_cursor from = {info->bytes + place, info->bytes + unit->end};
        ct_abbreviation abbreviation;
        uint64_t code = ct_take_unsigned(&from);
        if (code == 0 || !find_abbreviation(unit, code, &abbreviation)) {
            break;
        }
        ct_take_entry(unit, &abbreviation, &from, &origin);
        entry = &origin;
    }
    return short_name;
}
