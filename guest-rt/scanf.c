/* SPDX-License-Identifier: MIT */
/*
 * The scanf family. An input item is the longest text that may still become what the directive
 * wants; the character after it stays in the input.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#include "libc.h"

#define ITEM_MAX 1023 /* characters of a number; longer ones are cut */

enum length { INT, CHAR, SHORT, LONG }; /* long long, intmax_t and the like are as long as LONG */

struct input {
    FILE *file;       /* or NULL: */
    const char *text; /* the rest of it */
    int taken;        /* characters so far, for %n */
};

struct directive {
    bool store; /* no '*' */
    int width;  /* INT_MAX if there is none */
    enum length length;
    char conversion;
};

/* A va_list that functions can share: va_list itself may be an array. */
struct args {
    va_list list;
};

enum outcome { MATCHED, MISMATCHED, ENDED, UNKNOWN };

/* Returns the next character, or EOF, and leaves it in the input. */
static int peek(struct input *in)
{
    int c;

    if (!in->file)
        return *in->text ? (unsigned char)*in->text : EOF;
    c = fgetc(in->file);
    ungetc(c, in->file);
    return c;
}

/* Takes the character that peek has returned. */
static void take(struct input *in)
{
    if (in->file)
        fgetc(in->file);
    else
        in->text++;
    in->taken++;
}

static void skip_blanks(struct input *in)
{
    while (isspace(peek(in)))
        take(in);
}

/* The text of a number so far. */
struct item {
    char text[ITEM_MAX + 1];
    int length, room;
};

/* Adds the next character if it is one of these, in any case. Returns whether it was. */
static bool accept(struct input *in, struct item *item, const char *these)
{
    int c = peek(in);

    if (item->length == item->room || c == EOF || c == '\0' || !strchr(these, tolower(c)))
        return false;
    take(in);
    item->text[item->length++] = (char)c;
    item->text[item->length] = '\0';
    return true;
}

static int accept_all(struct input *in, struct item *item, const char *these)
{
    int count = 0;

    while (accept(in, item, these))
        count++;
    return count;
}

static void start_item(struct item *item, const struct directive *d)
{
    item->length = 0;
    item->room = d->width < ITEM_MAX ? d->width : ITEM_MAX;
    item->text[0] = '\0';
}

/* Reads a whole number. Returns its base, or 0 if there is none. */
static int read_integer(struct input *in, struct item *item, int base)
{
    static const char digits[] = "0123456789abcdef";
    char allowed[sizeof(digits)];
    int count = 0;

    accept(in, item, "+-");
    if ((base == 0 || base == 16) && accept(in, item, "0")) {
        count = 1;
        if (accept(in, item, "x")) {
            base = 16;
            count = 0;
        } else if (base == 0) {
            base = 8;
        }
    }
    base = base ? base : 10;
    memcpy(allowed, digits, sizeof(digits));
    allowed[base] = '\0';
    count += accept_all(in, item, allowed);
    return count ? base : 0;
}

static void store_integer(const struct directive *d, struct args *args, uintmax_t value)
{
    switch (d->length) {
    case CHAR:
        *va_arg(args->list, unsigned char *) = (unsigned char)value;
        break;
    case SHORT:
        *va_arg(args->list, unsigned short *) = (unsigned short)value;
        break;
    case INT:
        *va_arg(args->list, unsigned *) = (unsigned)value;
        break;
    case LONG:
        *va_arg(args->list, unsigned long *) = value;
        break;
    }
}

static enum outcome scan_integer(struct input *in, const struct directive *d, struct args *args,
                                 int base)
{
    struct item item;
    bool is_signed = d->conversion == 'd' || d->conversion == 'i';

    start_item(&item, d);
    base = read_integer(in, &item, base);
    if (!base)
        return item.length == 0 && peek(in) == EOF ? ENDED : MISMATCHED;
    if (d->store)
        store_integer(d, args,
                      is_signed ? (uintmax_t)strtoimax(item.text, NULL, base)
                                : strtoumax(item.text, NULL, base));
    return MATCHED;
}

#ifdef HAS_FLOAT

static bool accept_word(struct input *in, struct item *item, const char *word)
{
    for (; *word; word++) {
        char letter[2] = {*word, '\0'};

        if (!accept(in, item, letter))
            return false;
    }
    return true;
}

static bool read_float(struct input *in, struct item *item)
{
    const char *digits = "0123456789", *exponent = "e";
    int count = 0;

    accept(in, item, "+-");
    if (accept(in, item, "n"))
        return accept_word(in, item, "an");
    if (accept(in, item, "i"))
        return accept_word(in, item, "nf") &&
               (!accept(in, item, "i") || accept_word(in, item, "nity"));
    if (accept(in, item, "0")) {
        count = 1;
        if (accept(in, item, "x")) {
            digits = "0123456789abcdef";
            exponent = "p";
            count = 0;
        }
    }
    count += accept_all(in, item, digits);
    if (accept(in, item, "."))
        count += accept_all(in, item, digits);
    if (count == 0)
        return false;
    if (!accept(in, item, exponent))
        return true;
    accept(in, item, "+-");
    return accept_all(in, item, "0123456789") > 0;
}

static enum outcome scan_float(struct input *in, const struct directive *d, struct args *args)
{
    struct item item;

    start_item(&item, d);
    if (!read_float(in, &item))
        return item.length == 0 && peek(in) == EOF ? ENDED : MISMATCHED;
    if (!d->store)
        return MATCHED;
    if (d->length == LONG)
        *va_arg(args->list, double *) = strtod(item.text, NULL);
    else
        *va_arg(args->list, float *) = strtof(item.text, NULL);
    return MATCHED;
}

#endif

/* The characters that %c, %s or %[ takes. */
struct set {
    bool has[UCHAR_MAX + 1];
};

/* Reads the set of a %[. Returns what follows it, or NULL if it does not end. */
static const char *parse_set(const char *fmt, struct set *set)
{
    bool negated = *fmt == '^';
    const char *first = fmt += negated;

    memset(set, negated, sizeof(*set));
    for (; *fmt != ']' || fmt == first; fmt++) {
        unsigned char from = (unsigned char)*fmt, to = from;

        if (!from)
            return NULL;
        if (fmt[1] == '-' && fmt[2] != ']' && fmt[2]) {
            to = (unsigned char)fmt[2];
            fmt += 2;
        }
        for (unsigned c = from; c <= to; c++)
            set->has[c] = !negated;
    }
    return fmt + 1;
}

static enum outcome scan_text(struct input *in, const struct directive *d, struct args *args,
                              const struct set *set)
{
    char *to = d->store ? va_arg(args->list, char *) : NULL;
    int width = d->conversion == 'c' && d->width == INT_MAX ? 1 : d->width, count = 0;

    if (peek(in) == EOF)
        return ENDED;
    for (int c; count < width && (c = peek(in)) != EOF && set->has[c]; count++) {
        take(in);
        if (to)
            *to++ = (char)c;
    }
    if (count == 0 || (d->conversion == 'c' && count < width))
        return MISMATCHED;
    if (to && d->conversion != 'c')
        *to = '\0';
    return MATCHED;
}

static enum outcome scan(struct input *in, const struct directive *d, struct args *args,
                         struct set *set)
{
    if (!strchr("c[n", d->conversion))
        skip_blanks(in);
    switch (d->conversion) {
    case 'd':
    case 'u':
        return scan_integer(in, d, args, 10);
    case 'i':
        return scan_integer(in, d, args, 0);
    case 'o':
        return scan_integer(in, d, args, 8);
    case 'x':
    case 'X':
    case 'p':
        return scan_integer(in, d, args, 16);
    case 'c':
    case 's':
        for (int c = 0; c <= UCHAR_MAX; c++)
            set->has[c] = d->conversion == 'c' || !isspace(c);
        return scan_text(in, d, args, set);
    case '[':
        return scan_text(in, d, args, set);
    case 'n':
        if (d->store)
            store_integer(d, args, (uintmax_t)in->taken);
        return MATCHED;
#ifdef HAS_FLOAT
    case 'f':
    case 'F':
    case 'e':
    case 'E':
    case 'g':
    case 'G':
    case 'a':
    case 'A':
        return scan_float(in, d, args);
#endif
    default:
        return UNKNOWN;
    }
}

/* Reads a directive after its '%'. Returns what follows it, or NULL if there is no such directive.
 */
static const char *parse_directive(const char *fmt, struct directive *d, struct set *set)
{
    static const char long_ones[] = "ljzt";

    d->store = *fmt != '*';
    fmt += !d->store;
    d->width = 0;
    for (; isdigit((unsigned char)*fmt); fmt++)
        if (__builtin_mul_overflow(d->width, 10, &d->width) ||
            __builtin_add_overflow(d->width, *fmt - '0', &d->width))
            return NULL;
    d->width = d->width ? d->width : INT_MAX;
    d->length = INT;
    if (*fmt == 'h') {
        d->length = fmt[1] == 'h' ? CHAR : SHORT;
        fmt += fmt[1] == 'h' ? 2 : 1;
    } else if (*fmt && strchr(long_ones, *fmt)) {
        d->length = LONG;
        fmt += fmt[0] == 'l' && fmt[1] == 'l' ? 2 : 1;
    }
    if (*fmt == 'L')
        die("scanf: a guest reads no long double: use %lf and a double\n");
    d->conversion = *fmt;
    if (!*fmt)
        return NULL;
    if (*fmt == 'p')
        d->length = LONG;
    return *fmt == '[' ? parse_set(fmt + 1, set) : fmt + 1;
}

/* Takes a character of the format itself. Returns whether the input has it. */
static enum outcome match(struct input *in, char c)
{
    if (isspace((unsigned char)c)) {
        skip_blanks(in);
        return MATCHED;
    }
    if (peek(in) == EOF)
        return ENDED;
    if (peek(in) != (unsigned char)c)
        return MISMATCHED;
    take(in);
    return MATCHED;
}

static int scan_all(struct input *in, const char *fmt, va_list list)
{
    enum outcome outcome = MATCHED;
    struct args args;
    struct set set;
    int stored = 0;

    va_copy(args.list, list);
    while (*fmt && outcome == MATCHED) {
        struct directive d;

        if (*fmt != '%') {
            outcome = match(in, *fmt++);
            continue;
        }
        if (*++fmt == '%') {
            skip_blanks(in);
            outcome = match(in, *fmt++);
            continue;
        }
        fmt = parse_directive(fmt, &d, &set);
        outcome = fmt ? scan(in, &d, &args, &set) : UNKNOWN;
        stored += outcome == MATCHED && d.store && d.conversion != 'n';
    }
    va_end(args.list);
    if (outcome == UNKNOWN)
        errno = EINVAL;
    return stored == 0 && (outcome == ENDED || outcome == UNKNOWN) ? EOF : stored;
}

int vfscanf(FILE *restrict f, const char *restrict fmt, va_list args)
{
    struct input in = {.file = f};

    return scan_all(&in, fmt, args);
}

int vsscanf(const char *restrict text, const char *restrict fmt, va_list args)
{
    struct input in = {.text = text};

    return scan_all(&in, fmt, args);
}

int vscanf(const char *restrict fmt, va_list args)
{
    return vfscanf(stdin, fmt, args);
}

int fscanf(FILE *restrict f, const char *restrict fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    int stored = vfscanf(f, fmt, args);
    va_end(args);
    return stored;
}

int scanf(const char *restrict fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    int stored = vfscanf(stdin, fmt, args);
    va_end(args);
    return stored;
}

int sscanf(const char *restrict text, const char *restrict fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    int stored = vsscanf(text, fmt, args);
    va_end(args);
    return stored;
}
