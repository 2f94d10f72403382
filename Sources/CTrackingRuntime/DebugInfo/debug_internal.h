#ifndef CT_DEBUG_INTERNAL_H
#define CT_DEBUG_INTERNAL_H

#include "debug_lines.h"

#include <string.h>

#pragma GCC visibility push(hidden)

/// Reads forward; at the end, it yields only zeros.
typedef struct {
    const uint8_t *place, *end;
} ct_cursor;

static inline ct_cursor ct_cursor_at(ct_section section, uint64_t offset) {
    size_t start = offset < section.count ? (size_t)offset : section.count;
    // Pointer arithmetic on the null of a missing section is undefined.
    return section.count == 0 ? (ct_cursor){NULL, NULL}
                              : (ct_cursor){section.bytes + start, section.bytes + section.count};
}

static inline uint64_t ct_take(ct_cursor *from, size_t bytes) {
    uint64_t value = 0;
    if ((size_t)(from->end - from->place) < bytes) {
        from->place = from->end;
        return 0;
    }
    memcpy(&value, from->place, bytes);
    from->place += bytes;
    return value;
}

static inline void ct_skip(ct_cursor *from, uint64_t bytes) {
    from->place = (uint64_t)(from->end - from->place) < bytes ? from->end : from->place + bytes;
}

static inline uint64_t ct_take_unsigned(ct_cursor *from) {
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

static inline int64_t ct_take_signed(ct_cursor *from) {
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

/// Returns a string that ends within the section; null if it does not.
static inline const char *ct_take_text(ct_cursor *from) {
    const uint8_t *end = from->place < from->end ? memchr(from->place, 0, (size_t)(from->end - from->place)) : NULL;
    const char *text = (const char *)from->place;
    from->place = end == NULL ? from->end : end + 1;
    return end == NULL ? NULL : text;
}

static inline const char *ct_text_at(ct_section section, uint64_t offset) {
    ct_cursor from = ct_cursor_at(section, offset);
    return ct_take_text(&from);
}

/// The encodings of attributes (DWARF 5, section 7.5.6).
enum {
    CT_FORM_ADDR = 0x01,
    CT_FORM_BLOCK2 = 0x03,
    CT_FORM_BLOCK4,
    CT_FORM_DATA2,
    CT_FORM_DATA4,
    CT_FORM_DATA8,
    CT_FORM_STRING,
    CT_FORM_BLOCK,
    CT_FORM_BLOCK1,
    CT_FORM_DATA1,
    CT_FORM_FLAG,
    CT_FORM_SDATA,
    CT_FORM_STRP,
    CT_FORM_UDATA,
    CT_FORM_REF_ADDR,
    CT_FORM_REF1,
    CT_FORM_REF2,
    CT_FORM_REF4,
    CT_FORM_REF8,
    CT_FORM_REF_UDATA,
    CT_FORM_INDIRECT,
    CT_FORM_SEC_OFFSET,
    CT_FORM_EXPRLOC,
    CT_FORM_FLAG_PRESENT,
    CT_FORM_STRX,
    CT_FORM_ADDRX,
    CT_FORM_REF_SUP4,
    CT_FORM_STRP_SUP,
    CT_FORM_DATA16,
    CT_FORM_LINE_STRP,
    CT_FORM_REF_SIG8,
    CT_FORM_IMPLICIT_CONST,
    CT_FORM_LOCLISTX,
    CT_FORM_RNGLISTX,
    CT_FORM_REF_SUP8,
    CT_FORM_STRX1,
    CT_FORM_STRX2,
    CT_FORM_STRX3,
    CT_FORM_STRX4,
    CT_FORM_ADDRX1,
    CT_FORM_ADDRX2,
    CT_FORM_ADDRX3,
    CT_FORM_ADDRX4,
    // Extensions from before DWARF 5.
    CT_FORM_GNU_ADDR_INDEX = 0x1F01,
    CT_FORM_GNU_STR_INDEX = 0x1F02,
    CT_FORM_GNU_REF_ALT = 0x1F20,
    CT_FORM_GNU_STRP_ALT = 0x1F21,
};

/// Finds the name of a file by its number in the line table at an offset of `.debug_line`; null if there is none.
///
/// - Returns: The bytes of the table's file names, an upper bound of the bytes read.
size_t ct_find_file(
    ct_section lines, ct_section line_strings, ct_section strings, uint64_t table, uint64_t number,
    const char **directory, const char **file);

#pragma GCC visibility pop

#endif
