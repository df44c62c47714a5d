/* SPDX-License-Identifier: MIT */
/*
 * What a dying guest prints. Without stdio: a trap may have interrupted that, and a guest that
 * prints nothing itself does not link it. One hart at a time uses this.
 */
#include "dump.h"

#include "rt.h"

#include <string.h>

static char text[512];
static size_t used;

void dump_flush(void)
{
    console_write(text, used);
    used = 0;
}

void dump_text(const char *s)
{
    for (; *s; s++) {
        if (used == sizeof(text))
            dump_flush();
        text[used++] = *s;
    }
}

void dump_number(uint64_t value, unsigned base, unsigned digits)
{
    char number[24], *first = number + sizeof(number) - 1;

    *first = '\0';
    do {
        *--first = "0123456789abcdef"[value % base];
        value /= base;
    } while (value > 0 || number + sizeof(number) - 1 - first < digits);
    dump_text(first);
}

void dump_registers(const struct register_value *registers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        dump_text("  ");
        dump_text(registers[i].name);
        dump_text(&"    "[strlen(registers[i].name)]); /* 4 wide */
        dump_number(registers[i].value, 16, 16);
        if (i % 4 == 3 || i == count - 1)
            dump_text("\n");
    }
}
