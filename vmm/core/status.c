/* SPDX-License-Identifier: MIT */
/* The one way in which the VMM reports its own failures. */
#include "status.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

char *printable(char *text)
{
    for (char *at = text; *at; at++)
        if (iscntrl((unsigned char)*at))
            *at = '?';
    return text;
}

static char line[512];

const char *last_failure(void)
{
    return line;
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
