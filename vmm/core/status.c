/* SPDX-License-Identifier: MIT */
/* The one way in which the VMM reports its own failures. */
#include "status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Reads a character of UTF-8. Returns its length in bytes; 1, with *code 0, if it is not UTF-8. */
static size_t take_character(const char *text, uint32_t *code)
{
    const uint8_t first = (uint8_t)*text;
    size_t length = first < 0x80       ? 1
                    : first >> 5 == 6  ? 2
                    : first >> 4 == 14 ? 3
                    : first >> 3 == 30 ? 4
                                       : 0;

    *code = length == 1 ? first : first & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (((uint8_t)text[i] & 0xc0) != 0x80)
            length = 0;
        else
            *code = *code << 6 | ((uint8_t)text[i] & 0x3f);
    }
    if (length == 0)
        *code = 0;
    return length ? length : 1;
}

/* Returns whether a terminal obeys a character, or writes what follows in another direction. */
static bool is_command(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e ||
           code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

char *printable(char *text)
{
    size_t length;
    uint32_t code;

    for (char *at = text; *at; at += length) {
        length = take_character(at, &code);
        if (is_command(code))
            memset(at, '?', length);
    }
    return text;
}

static char line[512];

const char *last_failure(void)
{
    return line;
}

void forget_failure(void)
{
    line[0] = '\0';
}

int fail(enum status status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    fprintf(stderr, "labvisor: %s\n", printable(line));
    return (int)status;
}

int close_output(FILE *stream, const char *option)
{
    bool failed = fflush(stream) != 0 || ferror(stream);
    if (fclose(stream) != 0 || failed)
        return fail(STATUS_HOST, "%s: cannot write the file%s%s", option, errno ? ": " : "",
                    errno ? strerror(errno) : "");
    return STATUS_OK;
}
