/* SPDX-License-Identifier: MIT */
/* What the readers of DWARF share: numbers, strings, forms (DWARF 5, chapter 7). */
#ifndef IMAGE_DWARF_H
#define IMAGE_DWARF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Table 7.6: forms of values. */
enum {
    FORM_ADDR = 0x01,
    FORM_BLOCK2 = 0x03,
    FORM_BLOCK4,
    FORM_DATA2,
    FORM_DATA4,
    FORM_DATA8,
    FORM_STRING,
    FORM_BLOCK,
    FORM_BLOCK1,
    FORM_DATA1,
    FORM_FLAG,
    FORM_SDATA,
    FORM_STRP,
    FORM_UDATA,
    FORM_REF_ADDR,
    FORM_REF1,
    FORM_REF2,
    FORM_REF4,
    FORM_REF8,
    FORM_REF_UDATA,
    FORM_SEC_OFFSET = 0x17,
    FORM_EXPRLOC,
    FORM_FLAG_PRESENT,
    FORM_STRX,
    FORM_ADDRX,
    FORM_REF_SUP4,
    FORM_STRP_SUP,
    FORM_DATA16,
    FORM_LINE_STRP,
    FORM_REF_SIG8,
    FORM_IMPLICIT_CONST,
    FORM_LOCLISTX,
    FORM_RNGLISTX,
    FORM_REF_SUP8,
    FORM_STRX1,
    FORM_STRX2,
    FORM_STRX3,
    FORM_STRX4,
    FORM_ADDRX1,
    FORM_ADDRX2,
    FORM_ADDRX3,
    FORM_ADDRX4,
};

struct section {
    char *bytes;
    size_t size;
};

/* The bytes that remain to be read. Reading past the end returns 0 and moves to the end. */
struct cursor {
    const uint8_t *at, *end;
};

static inline uint64_t take(struct cursor *cursor, size_t size)
{
    uint64_t value = 0;

    if (size > (size_t)(cursor->end - cursor->at)) {
        cursor->at = cursor->end;
        return 0;
    }
    memcpy(&value, cursor->at, size < sizeof(value) ? size : sizeof(value));
    cursor->at += size;
    return value;
}

/* Reads a LEB128 number (section 7.6). *bits receives its width. */
static inline uint64_t take_leb(struct cursor *cursor, unsigned *bits)
{
    uint64_t value = 0, byte = 0x80;

    for (*bits = 0; byte & 0x80 && cursor->at < cursor->end; *bits += 7) {
        byte = take(cursor, 1);
        if (*bits < 64)
            value |= (byte & 0x7f) << *bits;
    }
    return value;
}

static inline uint64_t take_unsigned(struct cursor *cursor)
{
    unsigned bits;

    return take_leb(cursor, &bits);
}

static inline int64_t take_signed(struct cursor *cursor)
{
    unsigned bits;
    uint64_t value = take_leb(cursor, &bits);

    if (bits > 0 && bits < 64 && value >> (bits - 1))
        value |= UINT64_MAX << bits;
    return (int64_t)value;
}

static inline const char *take_string(struct cursor *cursor)
{
    const char *string = (const char *)cursor->at;

    /* A string that runs past the unit still ends: section_read adds a NUL after the section. */
    cursor->at += strnlen(string, (size_t)(cursor->end - cursor->at));
    take(cursor, 1);
    return string;
}

/* What the size of some values depends on. */
struct dwarf_format {
    unsigned version, address_size;
};

/* Reads a value of a form, or skips it. *value receives a number; 0 if it is none. Returns false if
 * the form is unknown. */
bool take_value(struct cursor *cursor, uint64_t form, const struct dwarf_format *format,
                uint64_t *value);

#endif
