/* SPDX-License-Identifier: MIT */
/* What a dying guest prints: trap.c, and each architecture's cpu.c. */
#ifndef GUEST_DUMP_H
#define GUEST_DUMP_H

#include <stddef.h>
#include <stdint.h>

/* Print text; a number with at least so many digits, in base 10 or 16. */
void dump_text(const char *text);
void dump_number(uint64_t value, unsigned base, unsigned digits);

/* Prints registers, four on a line. */
struct register_value {
    const char *name; /* up to three letters */
    uint64_t value;
};
void dump_registers(const struct register_value *registers, size_t count);

/* Writes what was printed to the console. */
void dump_flush(void);

#endif
