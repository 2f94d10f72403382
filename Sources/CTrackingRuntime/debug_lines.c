#define _GNU_SOURCE
#include "debug_lines.h"

#include <dlfcn.h>
#include <string.h>

extern char *swift_demangle(const char *symbol, size_t length, char *output, size_t *output_size, uint32_t flags);

const char *ct_exported_symbol(uintptr_t address) {
    Dl_info info;
    return dladdr((const void *)address, &info) != 0 ? info.dli_sname : NULL;
}

char *ct_demangle(const char *symbol, size_t length) { return swift_demangle(symbol, length, NULL, NULL, 0); }

// DWARF 5, section 6.2, and 7.22 for the numbers.
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
    FORM_BLOCK = 0x09,
    FORM_DATA1 = 0x0B,
    FORM_DATA2 = 0x05,
    FORM_DATA4 = 0x06,
    FORM_DATA8 = 0x07,
    FORM_DATA16 = 0x1E,
    FORM_UDATA = 0x0F,
    FORM_STRING = 0x08,
    FORM_LINE_STRP = 0x1F,
    FORM_STRP = 0x0E,
    MOST_FORMATS = 16,
};

/// Reads forward; once it is at the end, everything it gives is 0.
typedef struct {
    const uint8_t *place, *end;
} cursor;

static inline uint64_t take(cursor *from, size_t bytes) {
    uint64_t value = 0;
    if ((size_t)(from->end - from->place) < bytes) {
        from->place = from->end;
        return 0;
    }
    memcpy(&value, from->place, bytes);
    from->place += bytes;
    return value;
}

static inline void skip(cursor *from, uint64_t bytes) {
    from->place = (uint64_t)(from->end - from->place) < bytes ? from->end : from->place + bytes;
}

static inline uint64_t take_unsigned(cursor *from) {
    uint64_t value = 0;
    for (unsigned shift = 0; from->place < from->end; shift += 7) {
        uint8_t byte = *from->place++;
        value |= shift < 64 ? (uint64_t)(byte & 0x7F) << shift : 0;
        if (byte < 0x80) {
            break;
        }
    }
    return value;
}

static inline int64_t take_signed(cursor *from) {
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte = 0;
    while (from->place < from->end) {
        byte = *from->place++;
        value |= shift < 64 ? (uint64_t)(byte & 0x7F) << shift : 0;
        shift += 7;
        if (byte < 0x80) {
            break;
        }
    }
    return (int64_t)(shift < 64 && byte & 0x40 ? value | ~UINT64_C(0) << shift : value);
}

/// A text that ends before the section does; null where it does not.
static const char *take_text(cursor *from) {
    const uint8_t *end = from->place < from->end ? memchr(from->place, 0, (size_t)(from->end - from->place)) : NULL;
    const char *text = (const char *)from->place;
    from->place = end == NULL ? from->end : end + 1;
    return end == NULL ? NULL : text;
}

static const char *text_at(ct_section section, uint64_t offset) {
    if (offset >= section.count) {
        return NULL;
    }
    cursor from = {section.bytes + offset, section.bytes + section.count};
    return take_text(&from);
}

typedef struct {
    ct_section line_strings, strings;
    unsigned version;
    size_t offset_bytes;
    uint8_t minimum_length, line_range, opcode_base;
    int8_t line_base;
    cursor lengths, names, program;
} unit;

typedef struct {
    uint64_t content, form;
} format;

static const char *take_form(cursor *from, const unit *unit, uint64_t form, uint64_t *number) {
    switch (form) {
    case FORM_STRING: return take_text(from);
    case FORM_LINE_STRP: return text_at(unit->line_strings, take(from, unit->offset_bytes));
    case FORM_STRP: return text_at(unit->strings, take(from, unit->offset_bytes));
    case FORM_UDATA: *number = take_unsigned(from); return NULL;
    case FORM_DATA1: *number = take(from, 1); return NULL;
    case FORM_DATA2: *number = take(from, 2); return NULL;
    case FORM_DATA4: *number = take(from, 4); return NULL;
    case FORM_DATA8: *number = take(from, 8); return NULL;
    case FORM_DATA16: skip(from, 16); return NULL;
    case FORM_BLOCK: skip(from, take_unsigned(from)); return NULL;
    // What is not known has no known length.
    default: from->place = from->end; return NULL;
    }
}

/// Goes through a table of directories or files of DWARF 5.
///
/// - Returns: The text of the entry with that number.
static const char *find_entry(cursor *from, const unit *unit, uint64_t wanted, uint64_t *directory) {
    format formats[MOST_FORMATS];
    size_t kinds = take(from, 1);
    if (kinds > MOST_FORMATS) {
        from->place = from->end;
        return NULL;
    }
    for (size_t kind = 0; kind < kinds; kind++) {
        formats[kind].content = take_unsigned(from);
        formats[kind].form = take_unsigned(from);
    }
    const char *found = NULL;
    uint64_t entries = take_unsigned(from);
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

/// Names the file with a number, and its directory.
static void name_file(const unit *unit, uint64_t number, ct_line *line) {
    cursor from = unit->names;
    uint64_t directory = 0, ignored = 0;
    if (unit->version >= 5) {
        (void)find_entry(&from, unit, UINT64_MAX, &ignored);
        line->file = find_entry(&from, unit, number, &directory);
        from = unit->names;
        line->directory = find_entry(&from, unit, directory, &ignored);
        return;
    }
    for (const char *text = take_text(&from); text != NULL && *text != 0; text = take_text(&from)) {}
    for (uint64_t entry = 1; from.place < from.end; entry++) {
        const char *text = take_text(&from);
        if (text == NULL || *text == 0) {
            return;
        }
        directory = take_unsigned(&from);
        (void)take_unsigned(&from);
        (void)take_unsigned(&from);
        if (entry != number) {
            continue;
        }
        line->file = text;
        from = unit->names;
        // The first one has the number 1; 0 is where the compiler ran.
        for (uint64_t index = 1; index <= directory; index++) {
            text = take_text(&from);
            if (text == NULL || *text == 0) {
                return;
            }
            line->directory = index == directory ? text : NULL;
        }
        return;
    }
}

typedef struct {
    uint64_t address, file;
    int64_t line;
} row;

/// Tells the addresses from one row up to the next.
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
            name_file(unit, row->file, &wanted[low]);
        }
    }
}

static void run(const unit *unit, ct_line *wanted, size_t count) {
    cursor from = unit->program;
    row now = {0, 1, 1}, before = {0, 1, 0};
    while (from.place < from.end) {
        uint8_t opcode = *from.place++;
        int is_row = 0, is_end = 0;
        if (opcode >= unit->opcode_base) {
            unsigned adjusted = opcode - unit->opcode_base;
            now.address += (uint64_t)(adjusted / unit->line_range) * unit->minimum_length;
            now.line += unit->line_base + (int)(adjusted % unit->line_range);
            is_row = 1;
        } else {
            switch (opcode) {
            case 0: {
                uint64_t length = take_unsigned(&from);
                cursor inner = from;
                skip(&from, length);
                inner.end = from.place;
                switch (take(&inner, 1)) {
                case LNE_END_SEQUENCE: is_end = 1; break;
                case LNE_SET_ADDRESS: now.address = take(&inner, 8); break;
                default: break;
                }
                break;
            }
            case LNS_COPY: is_row = 1; break;
            case LNS_ADVANCE_PC: now.address += take_unsigned(&from) * unit->minimum_length; break;
            case LNS_ADVANCE_LINE: now.line += take_signed(&from); break;
            case LNS_SET_FILE: now.file = take_unsigned(&from); break;
            case LNS_CONST_ADD_PC:
                now.address += (uint64_t)((255 - unit->opcode_base) / unit->line_range) * unit->minimum_length;
                break;
            case LNS_FIXED_ADVANCE_PC: now.address += take(&from, 2); break;
            default:
                // Of those that do not matter it is known how many numbers stand behind them.
                for (uint8_t left = unit->lengths.place[opcode - 1]; left > 0; left--) {
                    (void)take_unsigned(&from);
                }
            }
        }
        if (is_row || is_end) {
            cover(unit, &before, now.address, wanted, count);
            // Line 0 is code that the compiler made up: it belongs to what stands before it.
            if (now.line != 0 || is_end) {
                before = now;
            }
        }
        if (is_end) {
            now = (row){0, 1, 1};
            before = (row){0, 1, 0};
        }
    }
}

void ct_find_lines(ct_section lines, ct_section line_strings, ct_section strings, ct_line *wanted, size_t count) {
    cursor from = {lines.bytes, lines.bytes + lines.count};
    while (from.place < from.end) {
        unit unit = {.line_strings = line_strings, .strings = strings, .offset_bytes = 4};
        uint64_t length = take(&from, 4);
        if (length == 0xFFFFFFFF) {
            length = take(&from, 8);
            unit.offset_bytes = 8;
        }
        cursor inside = from;
        skip(&from, length);
        inside.end = from.place;
        unit.version = (unsigned)take(&inside, 2);
        if (unit.version < 2 || unit.version > 5) {
            continue;
        }
        if (unit.version >= 5) {
            skip(&inside, 2);
        }
        uint64_t header = take(&inside, unit.offset_bytes);
        unit.program = inside;
        skip(&unit.program, header);
        inside.end = unit.program.place;
        unit.minimum_length = (uint8_t)take(&inside, 1);
        skip(&inside, unit.version >= 4 ? 2 : 1);
        unit.line_base = (int8_t)take(&inside, 1);
        unit.line_range = (uint8_t)take(&inside, 1);
        unit.opcode_base = (uint8_t)take(&inside, 1);
        unit.lengths = inside;
        if (unit.line_range == 0 || unit.opcode_base == 0
            || inside.end - inside.place < unit.opcode_base - 1) {
            continue;
        }
        skip(&inside, unit.opcode_base - 1u);
        unit.names = inside;
        run(&unit, wanted, count);
    }
}
