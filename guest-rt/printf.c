/* SPDX-License-Identifier: MIT */
/*
 * The formatter of every printf.
 */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "directive.h"

void pad(struct sink *sink, char c, size_t count)
{
    char block[64];

    if (count == 0)
        return;
    memset(block, c, count < sizeof block ? count : sizeof block);
    for (; count > sizeof block; count -= sizeof block)
        emit(sink, block, sizeof block);
    emit(sink, block, count);
}

static void put_padded(struct sink *sink, const struct directive *d, const char *text, size_t len,
                       size_t prefix, size_t zeros)
{
    size_t width = (size_t)d->width;
    size_t blanks = width > len + zeros ? width - len - zeros : 0;

    if (!(d->flags & LEFT))
        pad(sink, ' ', blanks);
    emit(sink, text, prefix);
    pad(sink, '0', zeros);
    emit(sink, text + prefix, len - prefix);
    if (d->flags & LEFT)
        pad(sink, ' ', blanks);
}

void put_field(struct sink *sink, const struct directive *d, const char *text, size_t len,
               size_t prefix, size_t zeros)
{
    if (zeros == 0 && (size_t)d->width <= len)
        emit(sink, text, len);
    else
        put_padded(sink, d, text, len, prefix, zeros);
}

static void put_string(struct sink *sink, const struct directive *d, const char *s)
{
    size_t len;

    if (!s)
        s = d->precision < 0 || d->precision >= 6 ? "(null)" : "";
    len = d->precision < 0 ? strlen(s) : strnlen(s, (size_t)d->precision);
    put_field(sink, d, s, len, 0, 0);
}

/* Writes value by a conversion (d u o x X). sign is '-', '+', ' ' or 0. */
static void put_number(struct sink *sink, const struct directive *d, uintmax_t value, char sign,
                       char conversion)
{
    char text[2 + (sizeof value * CHAR_BIT + 2) / 3]; /* "0x" and digits, at most octal ones */
    char *const end = text + sizeof text;
    char *p = end;
    size_t precision = d->precision < 0 ? 1 : (size_t)d->precision;
    size_t len, zeros, prefix = 0;
    bool hex = (conversion | 0x20) == 'x';

    if (hex) {
        const char *digits = conversion == 'x' ? "0123456789abcdef" : "0123456789ABCDEF";
        for (uintmax_t rest = value; rest; rest >>= 4)
            *--p = digits[rest & 15];
    } else if (conversion == 'o') {
        for (uintmax_t rest = value; rest; rest >>= 3)
            *--p = (char)('0' + (rest & 7));
    } else {
        for (uintmax_t rest = value; rest; rest /= 10)
            *--p = (char)('0' + rest % 10);
    }
    len = (size_t)(end - p);
    zeros = precision > len ? precision - len : 0;

    if (sign) {
        *--p = sign;
        prefix = 1;
    } else if (hex && (d->flags & ALTERNATE) && value) {
        *--p = conversion;
        *--p = '0';
        prefix = 2;
    }
    len += prefix;
    if ((d->flags & (ZERO | LEFT)) == ZERO && d->precision < 0 && (size_t)d->width > len + zeros)
        zeros = (size_t)d->width - len;
    if (conversion == 'o' && (d->flags & ALTERNATE) && zeros == 0)
        zeros = 1;
    put_field(sink, d, p, len, prefix, zeros);
}

static intmax_t signed_argument(struct args *args, enum length length)
{
    switch (length) {
    case CHAR:
        return (signed char)va_arg(args->list, int);
    case SHORT:
        return (short)va_arg(args->list, int);
    case INT:
        return va_arg(args->list, int);
    case LONG:
        return va_arg(args->list, long);
    case LONG_LONG:
        return va_arg(args->list, long long);
    case INTMAX:
        return va_arg(args->list, intmax_t);
    default:
        return va_arg(args->list, ptrdiff_t); /* as wide as a size_t */
    }
}

static uintmax_t unsigned_argument(struct args *args, enum length length)
{
    switch (length) {
    case CHAR:
        return (unsigned char)va_arg(args->list, unsigned);
    case SHORT:
        return (unsigned short)va_arg(args->list, unsigned);
    case INT:
        return va_arg(args->list, unsigned);
    case LONG:
        return va_arg(args->list, unsigned long);
    case LONG_LONG:
        return va_arg(args->list, unsigned long long);
    case INTMAX:
        return va_arg(args->list, uintmax_t);
    default:
        return va_arg(args->list, size_t);
    }
}

/* Reads a width or precision: digits, or an argument for '*'. Above INT_MAX: too large. */
static int64_t parse_count(const char **fmt, struct args *args)
{
    int64_t count = 0;

    if (**fmt == '*') {
        ++*fmt;
        return va_arg(args->list, int);
    }
    for (; **fmt >= '0' && **fmt <= '9'; ++*fmt) {
        if (count <= INT_MAX)
            count = count * 10 + (**fmt - '0');
    }
    return count;
}

/* Reads flags, width and precision. Returns what follows, or NULL if a number is too large. */
static const char *parse_field(const char *fmt, struct directive *d, struct args *args)
{
    static const char flags[] = "-+ #0"; /* in the order of enum flag */
    int64_t width, precision = -1;
    const char *flag;

    for (; *fmt && (flag = strchr(flags, *fmt)); fmt++)
        d->flags |= 1u << (flag - flags);
    width = parse_count(&fmt, args);
    if (width < 0) {
        d->flags |= LEFT;
        width = -width;
    }
    if (*fmt == '.') {
        fmt++;
        precision = parse_count(&fmt, args);
    }
    if (width > INT_MAX || precision > INT_MAX) {
        errno = EOVERFLOW;
        return NULL;
    }
    d->width = (int)width;
    d->precision = (int)precision;
    return fmt;
}

static const char *parse_length(const char *fmt, enum length *length)
{
    switch (*fmt) {
    case 'h':
        *length = fmt[1] == 'h' ? CHAR : SHORT;
        return fmt + (fmt[1] == 'h' ? 2 : 1);
    case 'l':
        *length = fmt[1] == 'l' ? LONG_LONG : LONG;
        return fmt + (fmt[1] == 'l' ? 2 : 1);
    case 'j':
        *length = INTMAX;
        return fmt + 1;
    case 'z':
        *length = SIZE;
        return fmt + 1;
    case 't':
        *length = PTRDIFF;
        return fmt + 1;
    case 'L':
        *length = LONG_DOUBLE;
        return fmt + 1;
    default:
        return fmt;
    }
}

/* Writes the next argument by a directive. Returns false if there is no such directive. */
static bool convert(struct sink *sink, struct directive *d, char conversion, struct args *args)
{
    if (conversion && strchr("fFeEgGaA", conversion))
        return put_float(sink, d, conversion, args);
    if (d->length == LONG_DOUBLE)
        return false;
    switch (conversion) {
    case 'd':
    case 'i': {
        intmax_t n = signed_argument(args, d->length);
        char sign = n < 0 ? '-' : d->flags & PLUS ? '+' : d->flags & SPACE ? ' ' : '\0';
        put_number(sink, d, n < 0 ? -(uintmax_t)n : (uintmax_t)n, sign, 'd');
        return true;
    }
    case 'u':
    case 'o':
    case 'x':
    case 'X':
        put_number(sink, d, unsigned_argument(args, d->length), '\0', conversion);
        return true;
    case '%':
        emit(sink, "%", 1);
        return true;
    default:
        break;
    }
    if (d->length != INT)
        return false;
    switch (conversion) {
    case 's':
        put_string(sink, d, va_arg(args->list, const char *));
        return true;
    case 'c': {
        char c = (char)va_arg(args->list, int);
        put_field(sink, d, &c, 1, 0, 0);
        return true;
    }
    case 'p': {
        uintptr_t address = (uintptr_t)va_arg(args->list, void *);
        d->flags |= ALTERNATE;
        if (address)
            put_number(sink, d, address, '\0', 'x');
        else
            put_field(sink, d, "(nil)", 5, 0, 0);
        return true;
    }
    default:
        return false;
    }
}

int format(struct sink *sink, const char *fmt, va_list list)
{
    const char *end = fmt + strlen(fmt);
    struct args args;
    int result = -1;

    va_copy(args.list, list);
    sink->total = 0;
    for (;;) {
        struct directive d = {.precision = -1};
        const char *text = fmt;

        fmt = memchr(text, '%', (size_t)(end - text));
        if (!fmt)
            fmt = end;
        emit(sink, text, (size_t)(fmt - text));
        if (sink->total > INT_MAX) {
            errno = EOVERFLOW;
            break;
        }
        if (!*fmt) {
            result = (int)sink->total;
            break;
        }
        text = fmt++;
        if (*fmt <= '9') /* true for every flag, digit, '*' and '.'; false for letters */
            fmt = parse_field(fmt, &d, &args);
        if (!fmt)
            break;
        fmt = parse_length(fmt, &d.length);
        if (!convert(sink, &d, *fmt, &args)) {
            /* Writes the rest unchanged, to show which directive was not understood. */
            emit(sink, text, (size_t)(end - text));
            errno = EINVAL;
            break;
        }
        fmt++;
    }
    va_end(args.list);
    return result;
}

/* The overflow of a string: drops the text that does not fit before the NUL. */
static void drop_rest(struct sink *sink, const char *text, size_t len)
{
    size_t room = (size_t)(sink->end - sink->pos) - 1;
    size_t fits = len < room ? len : room;

    memcpy(sink->pos, text, fits);
    sink->pos += fits;
}

int vsnprintf(char *restrict buf, size_t size, const char *restrict fmt, va_list args)
{
    char nowhere;
    struct sink sink = {.overflow = drop_rest};
    int len;

    if (size == 0) {
        buf = &nowhere;
        size = 1;
    }
    sink.pos = buf;
    sink.end = buf + (size < INT_MAX ? size : INT_MAX);
    len = format(&sink, fmt, args);
    *sink.pos = '\0';
    return len;
}

int snprintf(char *restrict buf, size_t size, const char *restrict fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    int len = vsnprintf(buf, size, fmt, args);
    va_end(args);
    return len;
}

int vsprintf(char *restrict buf, const char *restrict fmt, va_list args)
{
    return vsnprintf(buf, INT_MAX, fmt, args);
}

int sprintf(char *restrict buf, const char *restrict fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    int len = vsprintf(buf, fmt, args);
    va_end(args);
    return len;
}
