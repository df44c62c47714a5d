/* SPDX-License-Identifier: MIT */
/*
 * Floating-point numbers from text, rounded to nearest, ties to even. A decimal number is a large
 * whole one, with a point among its digits. This multiplies or divides it by the power of 2 that
 * leaves about 60 bits before the point, and rounds these.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "big.h"
#include "libc.h"

#ifdef HAS_FLOAT

#define DIGITS_MAX 800  /* a digit after these decides only whether the number is exact */
#define WORDS      140  /* DIGITS_MAX digits, or 310, times the largest power of 2 */
#define FAR        4000 /* an exponent of 10 beyond every number's */

/* A format of IEEE 754, by which the bits of a number are made. */
struct format {
    int mantissa_bits; /* with the leading one */
    int least;         /* the exponent of the lowest bit of the smallest number */
    uint64_t infinity;
    uint64_t sign;
};

static const struct format to_double = {53, -1074, 0x7ffull << 52, 1ull << 63};
static const struct format to_float = {24, -149, 0xffull << 23, 1ull << 31};

/* Rounds bits * 2^exponent, and a bit more if `more`. Returns the number's own bits. */
static uint64_t round_to(const struct format *format, uint64_t bits, int exponent, bool more)
{
    int top = bits ? 64 - __builtin_clzll(bits) : 0;
    int low =
        exponent + top - format->mantissa_bits; /* the exponent of the lowest bit that stays */
    int drop = (low > format->least ? low : format->least) - exponent;
    uint64_t kept, half, rest, result;

    if (bits == 0)
        return 0;
    if (drop <= 0) { /* exact */
        kept = bits << -drop;
        rest = half = 0;
    } else if (drop > 64) {
        kept = rest = 0;
        half = 1;
        more = true;
    } else {
        kept = drop == 64 ? 0 : bits >> drop;
        half = 1ull << (drop - 1);
        rest = drop == 64 ? bits : bits & ((1ull << drop) - 1);
        kept += rest > half || (rest == half && (more || kept % 2));
    }
    low = exponent + drop;
    result = kept + ((uint64_t)(low - format->least) << (format->mantissa_bits - 1));
    if (result >= format->infinity) {
        errno = ERANGE;
        return format->infinity;
    }
    if ((more || rest) && result >> (format->mantissa_bits - 1) == 0)
        errno = ERANGE;
    return result;
}

/* Rounds big / 10^point. */
static uint64_t of_decimal(const struct format *format, struct big *big, int point, bool more)
{
    int exponent = big_digits(big) - 1 - point; /* of the first digit */
    int shift = 59 - (exponent * 108853 >> 15); /* log2(10) = 108853 / 2^15 */
    uint64_t bits = 0;

    if (big->count == 0)
        return 0;
    if (exponent > 310 || exponent < -400) {
        errno = ERANGE;
        return exponent > 0 ? format->infinity : 0;
    }
    for (; point < 0; point++)
        big_multiply(big, 10, 0);
    if (shift >= 0)
        big_shift_left(big, shift);
    else
        more |= big_shift_right(big, -shift);
    more |= big_has_below(big, point);
    for (int place = big_digits(big) - 1; place >= point; place--)
        bits = bits * 10 + big_digit(big, place);
    return round_to(format, bits, -shift, more);
}

/* Reads an exponent after its letter, if there is one. Returns it, between -FAR and FAR. */
static int read_exponent(const char **p, char letter)
{
    const char *s = *p;
    bool negative;
    int value = 0;

    if ((*s | 0x20) != letter)
        return 0;
    s++;
    negative = *s == '-';
    s += *s == '-' || *s == '+';
    if (!isdigit((unsigned char)*s))
        return 0;
    for (; isdigit((unsigned char)*s); s++)
        if (value < 100000000)
            value = value * 10 + (*s - '0');
    *p = s;
    return negative ? -value : value;
}

static int clamp(int64_t exponent)
{
    return (int)(exponent > FAR ? FAR : exponent < -FAR ? -FAR : exponent);
}

static uint64_t read_decimal(const struct format *format, const char **p)
{
    uint32_t words[WORDS];
    struct big big = {.words = words};
    int64_t point = 0; /* digits after it */
    int digits = 0;
    bool after_point = false, more = false;

    for (; isdigit((unsigned char)**p) || (**p == '.' && !after_point); ++*p) {
        if (**p == '.') {
            after_point = true;
            continue;
        }
        if (digits < DIGITS_MAX) {
            big_multiply(&big, 10, (uint32_t)(**p - '0'));
            digits += big.count > 0;
            point += after_point;
        } else {
            more |= **p != '0';
            point -= !after_point;
        }
    }
    point -= read_exponent(p, 'e');
    return of_decimal(format, &big, clamp(point), more);
}

static unsigned hex_value(char c)
{
    return isdigit((unsigned char)c) ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

static uint64_t read_hex(const struct format *format, const char **p)
{
    uint64_t bits = 0;
    int64_t exponent = 0;
    bool after_point = false, more = false;

    for (; isxdigit((unsigned char)**p) || (**p == '.' && !after_point); ++*p) {
        if (**p == '.') {
            after_point = true;
        } else if (bits >> 60 == 0) {
            bits = bits << 4 | hex_value(**p);
            exponent -= after_point ? 4 : 0;
        } else {
            more |= **p != '0';
            exponent += after_point ? 0 : 4;
        }
    }
    exponent += read_exponent(p, 'p');
    return round_to(format, bits, clamp(exponent), more);
}

/* Returns whether text begins with a word, in any case. */
static bool begins_with(const char *s, const char *word)
{
    for (; *word; s++, word++)
        if (tolower((unsigned char)*s) != *word)
            return false;
    return true;
}

/* Reads inf, infinity, nan or nan(...). Returns false if there is none of them. */
static bool read_name(const struct format *format, const char **p, uint64_t *bits)
{
    const char *s = *p;

    if (begins_with(s, "inf")) {
        *p += begins_with(s, "infinity") ? 8 : 3;
        *bits = format->infinity;
        return true;
    }
    if (!begins_with(s, "nan"))
        return false;
    *p += 3;
    *bits = format->infinity | 1ull << (format->mantissa_bits - 2);
    if (s[3] != '(')
        return true;
    for (s += 4; isalnum((unsigned char)*s) || *s == '_'; s++)
        ;
    if (*s == ')')
        *p = s + 1;
    return true;
}

static bool is_digit_after_point(const char *s)
{
    return isdigit((unsigned char)s[*s == '.']);
}

static uint64_t parse(const struct format *format, const char *s, char **end)
{
    const char *p = s;
    uint64_t bits;
    bool negative;

    if (end)
        *end = (char *)s;
    while (isspace((unsigned char)*p))
        p++;
    negative = *p == '-';
    p += *p == '-' || *p == '+';
    if (p[0] == '0' && (p[1] | 0x20) == 'x' && isxdigit((unsigned char)p[2 + (p[2] == '.')])) {
        p += 2;
        bits = read_hex(format, &p);
    } else if (is_digit_after_point(p)) {
        bits = read_decimal(format, &p);
    } else if (!read_name(format, &p, &bits)) {
        return 0;
    }
    if (end)
        *end = (char *)p;
    return negative ? bits | format->sign : bits;
}

double strtod(const char *restrict s, char **restrict end)
{
    uint64_t bits = parse(&to_double, s, end);
    double value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

float strtof(const char *restrict s, char **restrict end)
{
    uint32_t bits = (uint32_t)parse(&to_float, s, end);
    float value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

double atof(const char *s)
{
    return strtod(s, NULL);
}

#endif
