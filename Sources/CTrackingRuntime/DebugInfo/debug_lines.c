#define _GNU_SOURCE
#include "debug_internal.h"

#include <dlfcn.h>

extern char *swift_demangle(const char *symbol, size_t length, char *output, size_t *output_size, uint32_t flags);

const char *ct_exported_symbol(uintptr_t address) {
    Dl_info info;
    return dladdr((const void *)address, &info) != 0 ? info.dli_sname : NULL;
}

char *ct_demangle(const char *symbol, size_t length) { return swift_demangle(symbol, length, NULL, NULL, 0); }

// DWARF 5, section 6.2, and section 7.22 for the numbers.
enum {
    LNS_COPY = 1,
    LNS_ADVANCE_PC,
    LNS_ADVANCE_LINE,
    LNS_SET_FILE,
    LNS_SET_COLUMN,
    LNS_NEGATE_STMT,
    LNS_SET_BASIC_BLOCK,
    LNS_CONST_ADD_PC,
    LNS_FIXED_ADVANCE_PC,
    LNE_END_SEQUENCE = 1,
    LNE_SET_ADDRESS = 2,
    LNCT_PATH = 1,
    LNCT_DIRECTORY_INDEX = 2,
    MOST_FORMATS = 16,
};

typedef struct {
    ct_section line_strings, strings;
    unsigned version;
    size_t offset_bytes;
    uint8_t minimum_length, line_range, opcode_base;
    int8_t line_base;
    ct_cursor lengths, names, program;
} unit;

typedef struct {
    uint64_t content, form;
} format;

static const char *take_form(ct_cursor *from, const unit *unit, uint64_t form, uint64_t *number) {
    switch (form) {
    case CT_FORM_STRING: return ct_take_text(from);
    case CT_FORM_LINE_STRP: return ct_text_at(unit->line_strings, ct_take(from, unit->offset_bytes));
    case CT_FORM_STRP: return ct_text_at(unit->strings, ct_take(from, unit->offset_bytes));
    case CT_FORM_UDATA: *number = ct_take_unsigned(from); return NULL;
    case CT_FORM_DATA1: *number = ct_take(from, 1); return NULL;
    case CT_FORM_DATA2: *number = ct_take(from, 2); return NULL;
    case CT_FORM_DATA4: *number = ct_take(from, 4); return NULL;
    case CT_FORM_DATA8: *number = ct_take(from, 8); return NULL;
    case CT_FORM_DATA16: ct_skip(from, 16); return NULL;
    case CT_FORM_BLOCK: ct_skip(from, ct_take_unsigned(from)); return NULL;
    // An unknown form has an unknown length.
    default: from->place = from->end; return NULL;
    }
}

/// Reads a table of directories or files of DWARF 5.
///
/// - Returns: The name of the entry `wanted`.
static const char *find_entry(ct_cursor *from, const unit *unit, uint64_t wanted, uint64_t *directory) {
    format formats[MOST_FORMATS];
    size_t kinds = ct_take(from, 1);
    if (kinds > MOST_FORMATS) {
        from->place = from->end;
        return NULL;
    }
    for (size_t kind = 0; kind < kinds; kind++) {
        formats[kind].content = ct_take_unsigned(from);
        formats[kind].form = ct_take_unsigned(from);
    }
    const char *found = NULL;
    uint64_t entries = ct_take_unsigned(from);
    for (uint64_t entry = 0; entry < entries && from->place < from->end && kinds > 0; entry++) {
        for (size_t kind = 0; kind < kinds; kind++) {
            uint64_t number = 0;
            const char *text = take_form(from, unit, formats[kind].form, &number);
            if (entry == wanted && formats[kind].content == LNCT_PATH) {
                found = text;
            } else if (entry == wanted && formats[kind].content == LNCT_DIRECTORY_INDEX) {
                *directory = number;
            }
        }
    }
    return found;
}

/// Finds the name of the file with a number, and its directory.
static void name_file(const unit *unit, uint64_t number, const char **directory_name, const char **file) {
    ct_cursor from = unit->names;
    uint64_t directory = 0, ignored = 0;
    *directory_name = *file = NULL;
    if (unit->version >= 5) {
        (void)find_entry(&from, unit, UINT64_MAX, &ignored);
        *file = find_entry(&from, unit, number, &directory);
        from = unit->names;
        *directory_name = find_entry(&from, unit, directory, &ignored);
        return;
    }
    for (const char *text = ct_take_text(&from); text != NULL && *text != 0; text = ct_take_text(&from)) {}
    for (uint64_t entry = 1; from.place < from.end; entry++) {
        const char *text = ct_take_text(&from);
        if (text == NULL || *text == 0) {
            return;
        }
        directory = ct_take_unsigned(&from);
        (void)ct_take_unsigned(&from);
        (void)ct_take_unsigned(&from);
        if (entry != number) {
            continue;
        }
        *file = text;
        from = unit->names;
        // The first one has the number 1; 0 is the compilation directory.
        for (uint64_t index = 1; index <= directory; index++) {
            text = ct_take_text(&from);
            if (text == NULL || *text == 0) {
                return;
            }
            *directory_name = index == directory ? text : NULL;
        }
        return;
    }
}

typedef struct {
    uint64_t address, file;
    int64_t line;
    /// Indicates whether the line is that of the preceding row.
    int is_made_up;
} row;

/// Assigns the line of a row to the addresses up to the next row.
static void cover(const unit *unit, const row *row, uint64_t end, ct_line *wanted, size_t count) {
    if (count == 0 || row->line <= 0 || row->address >= end || row->address > wanted[count - 1].address
        || end <= wanted[0].address) {
        return;
    }
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (wanted[middle].address < row->address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < count && wanted[low].address < end; low++) {
        if (wanted[low].line == 0) {
            wanted[low].line = (uint32_t)row->line;
            wanted[low].is_made_up = row->is_made_up;
            name_file(unit, row->file, &wanted[low].directory, &wanted[low].file);
        }
    }
}

/// Adds with wraparound: lines of a damaged table may be any numbers.
static int64_t moved(int64_t line, int64_t by) { return (int64_t)((uint64_t)line + (uint64_t)by); }

static void run(const unit *unit, ct_line *wanted, size_t count) {
    ct_cursor from = unit->program;
    row now = {0, 1, 1, 0}, before = {0, 1, 0, 0};
    while (from.place < from.end) {
        uint8_t opcode = *from.place++;
        int is_row = 0, is_end = 0;
        if (opcode >= unit->opcode_base) {
            unsigned adjusted = opcode - unit->opcode_base;
            now.address += (uint64_t)(adjusted / unit->line_range) * unit->minimum_length;
            now.line = moved(now.line, unit->line_base + (int)(adjusted % unit->line_range));
            is_row = 1;
        } else {
            switch (opcode) {
            case 0: {
                uint64_t length = ct_take_unsigned(&from);
                ct_cursor inner = from;
                ct_skip(&from, length);
                inner.end = from.place;
                switch (ct_take(&inner, 1)) {
                case LNE_END_SEQUENCE: is_end = 1; break;
                case LNE_SET_ADDRESS: now.address = ct_take(&inner, 8); break;
                default: break;
                }
                break;
            }
            case LNS_COPY: is_row = 1; break;
            case LNS_ADVANCE_PC: now.address += ct_take_unsigned(&from) * unit->minimum_length; break;
            case LNS_ADVANCE_LINE: now.line = moved(now.line, ct_take_signed(&from)); break;
            case LNS_SET_FILE: now.file = ct_take_unsigned(&from); break;
            case LNS_CONST_ADD_PC:
                now.address += (uint64_t)((255 - unit->opcode_base) / unit->line_range) * unit->minimum_length;
                break;
            case LNS_FIXED_ADVANCE_PC: now.address += ct_take(&from, 2); break;
            default:
                // The header gives the number of operands of opcodes that are not interpreted.
                for (uint8_t left = unit->lengths.place[opcode - 1]; left > 0; left--) {
                    (void)ct_take_unsigned(&from);
                }
            }
        }
        if (is_row || is_end) {
            cover(unit, &before, now.address, wanted, count);
            // Line 0 is code that the compiler generated: it gets the line of the preceding code.
            if (now.line != 0 || is_end) {
                before = now;
            } else {
                before.address = now.address;
                before.is_made_up = 1;
            }
        }
        if (is_end) {
            now = (row){0, 1, 1, 0};
            before = (row){0, 1, 0, 0};
        }
    }
}

/// Reads the header of the table at `from`, and moves `from` to the next table.
///
/// - Returns: 0 if the table cannot be used.
static int open_table(ct_cursor *from, unit *unit) {
    unit->offset_bytes = 4;
    uint64_t length = ct_take(from, 4);
    if (length == 0xFFFFFFFF) {
        length = ct_take(from, 8);
        unit->offset_bytes = 8;
    }
    ct_cursor inside = *from;
    ct_skip(from, length);
    inside.end = from->place;
    unit->version = (unsigned)ct_take(&inside, 2);
    if (unit->version < 2 || unit->version > 5) {
        return 0;
    }
    if (unit->version >= 5) {
        ct_skip(&inside, 2);
    }
    uint64_t header = ct_take(&inside, unit->offset_bytes);
    unit->program = inside;
    ct_skip(&unit->program, header);
    inside.end = unit->program.place;
    unit->minimum_length = (uint8_t)ct_take(&inside, 1);
    ct_skip(&inside, unit->version >= 4 ? 2 : 1);
    unit->line_base = (int8_t)ct_take(&inside, 1);
    unit->line_range = (uint8_t)ct_take(&inside, 1);
    unit->opcode_base = (uint8_t)ct_take(&inside, 1);
    unit->lengths = inside;
    if (unit->line_range == 0 || unit->opcode_base == 0 || inside.end - inside.place < unit->opcode_base - 1) {
        return 0;
    }
    ct_skip(&inside, unit->opcode_base - 1u);
    unit->names = inside;
    return 1;
}

void ct_find_lines(ct_section lines, ct_section line_strings, ct_section strings, ct_line *wanted, size_t count) {
    ct_cursor from = ct_cursor_at(lines, 0);
    while (from.place < from.end) {
        unit unit = {.line_strings = line_strings, .strings = strings};
        if (open_table(&from, &unit)) {
            run(&unit, wanted, count);
        }
    }
}

size_t ct_find_file(
    ct_section lines, ct_section line_strings, ct_section strings, uint64_t table, uint64_t number,
    const char **directory, const char **file) {
    ct_cursor from = ct_cursor_at(lines, table);
    unit unit = {.line_strings = line_strings, .strings = strings};
    *directory = *file = NULL;
    if (!open_table(&from, &unit)) {
        return 0;
    }
    name_file(&unit, number, directory, file);
    return (size_t)(unit.names.end - unit.names.place);
}
