/* SPDX-License-Identifier: MIT */
/* Reads values of DWARF's forms (DWARF 5, section 7.5.6). */
#include "dwarf.h"

/* Returns how many bytes a value of fixed size has; 0 if it has none, or another size. */
static size_t fixed_size(const struct dwarf_format *format, uint64_t form)
{
    switch (form) {
    case FORM_ADDR:
        return format->address_size;
    case FORM_REF_ADDR:
        return format->version == 2 ? format->address_size : 4;
    case FORM_DATA1:
    case FORM_FLAG:
    case FORM_REF1:
    case FORM_STRX1:
    case FORM_ADDRX1:
        return 1;
    case FORM_DATA2:
    case FORM_REF2:
    case FORM_STRX2:
    case FORM_ADDRX2:
        return 2;
    case FORM_STRX3:
    case FORM_ADDRX3:
        return 3;
    case FORM_DATA4:
    case FORM_REF4:
    case FORM_STRP:
    case FORM_LINE_STRP:
    case FORM_STRP_SUP:
    case FORM_SEC_OFFSET:
    case FORM_REF_SUP4:
    case FORM_STRX4:
    case FORM_ADDRX4:
        return 4;
    case FORM_DATA8:
    case FORM_REF8:
    case FORM_REF_SIG8:
    case FORM_REF_SUP8:
        return 8;
    case FORM_DATA16:
        return 16;
    default:
        return 0;
    }
}

bool take_value(struct cursor *cursor, uint64_t form, const struct dwarf_format *format,
                uint64_t *value)
{
    const size_t size = fixed_size(format, form);

    *value = 0;
    if (size > 0) {
        *value = take(cursor, size);
        return true;
    }
    switch (form) {
    case FORM_FLAG_PRESENT:
        return true;
    case FORM_UDATA:
    case FORM_REF_UDATA:
    case FORM_STRX:
    case FORM_ADDRX:
    case FORM_LOCLISTX:
    case FORM_RNGLISTX:
        *value = take_unsigned(cursor);
        return true;
    case FORM_SDATA:
        *value = (uint64_t)take_signed(cursor);
        return true;
    case FORM_STRING:
        take_string(cursor);
        return true;
    case FORM_BLOCK1:
        take(cursor, take(cursor, 1));
        return true;
    case FORM_BLOCK2:
        take(cursor, take(cursor, 2));
        return true;
    case FORM_BLOCK4:
        take(cursor, take(cursor, 4));
        return true;
    case FORM_BLOCK:
    case FORM_EXPRLOC:
        take(cursor, take_unsigned(cursor));
        return true;
    default:
        return false;
    }
}
