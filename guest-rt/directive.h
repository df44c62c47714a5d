/* SPDX-License-Identifier: MIT */
/*
 * A directive of a printf format, and how to write it: printf.c, and print_float.c.
 */
#ifndef GUEST_DIRECTIVE_H
#define GUEST_DIRECTIVE_H

#include "libc.h"

enum flag { LEFT = 1, PLUS = 2, SPACE = 4, ALTERNATE = 8, ZERO = 16 };

enum length { INT, CHAR, SHORT, LONG, LONG_LONG, INTMAX, SIZE, PTRDIFF, LONG_DOUBLE };

struct directive {
    unsigned flags;
    int width;
    int precision; /* negative: not given */
    enum length length;
};

/* A va_list that functions can share: va_list itself may be an array. */
struct args {
    va_list list;
};

/* Writes c, count times. */
void pad(struct sink *sink, char c, size_t count);

/* Writes text with the directive's width. Zeros go after the first `prefix` bytes. */
void put_field(struct sink *sink, const struct directive *d, const char *text, size_t len,
               size_t prefix, size_t zeros);

/* print_float.c: writes the next argument by a conversion of f F e E g G a A. Returns false if the
 * length is not one of theirs. */
bool put_float(struct sink *sink, const struct directive *d, char conversion, struct args *args);

#endif
