/* SPDX-License-Identifier: MIT */
/*
 * Numbers from text.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

static unsigned digit_value(char c)
{
    if (isdigit((unsigned char)c))
        return (unsigned)(c - '0');
    if (isalpha((unsigned char)c))
        return (unsigned)(tolower((unsigned char)c) - 'a' + 10);
    return UINT_MAX;
}

/*
 * Converts for the whole strtol family. max is the greatest value of the type; if is_signed,
 * the least is -max - 1. Out of range: returns the nearest value, with errno ERANGE.
 */
static uintmax_t parse(const char *s, char **end, int base, uintmax_t max, bool is_signed)
{
    const char *p = s;
    uintmax_t value = 0, limit;
    bool negative, overflow = false;

    if (end)
        *end = (char *)s;
    if (base < 0 || base == 1 || base > 36) {
        errno = EINVAL;
        return 0;
    }
    while (isspace((unsigned char)*p))
        p++;
    negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    if ((base == 0 || base == 16) && p[0] == '0' && (p[1] | 0x20) == 'x' &&
        isxdigit((unsigned char)p[2])) {
        base = 16;
        p += 2;
    } else if (base == 0) {
        base = *p == '0' ? 8 : 10;
    }
    if (digit_value(*p) >= (unsigned)base)
        return 0;
    limit = is_signed && negative ? max + 1 : max;
    for (; digit_value(*p) < (unsigned)base; p++) {
        overflow |= __builtin_mul_overflow(value, (uintmax_t)base, &value);
        overflow |= __builtin_add_overflow(value, digit_value(*p), &value);
        overflow |= value > limit;
    }
    if (end)
        *end = (char *)p;
    if (overflow) {
        errno = ERANGE;
        value = limit;
        negative = negative && is_signed;
    }
    return negative ? -value : value;
}

long strtol(const char *restrict s, char **restrict end, int base)
{
    return (long)parse(s, end, base, LONG_MAX, true);
}

long long strtoll(const char *restrict s, char **restrict end, int base)
{
    return (long long)parse(s, end, base, LLONG_MAX, true);
}

intmax_t strtoimax(const char *restrict s, char **restrict end, int base)
{
    return (intmax_t)parse(s, end, base, INTMAX_MAX, true);
}

unsigned long strtoul(const char *restrict s, char **restrict end, int base)
{
    return (unsigned long)parse(s, end, base, ULONG_MAX, false);
}

unsigned long long strtoull(const char *restrict s, char **restrict end, int base)
{
    return (unsigned long long)parse(s, end, base, ULLONG_MAX, false);
}

uintmax_t strtoumax(const char *restrict s, char **restrict end, int base)
{
    return (uintmax_t)parse(s, end, base, UINTMAX_MAX, false);
}

int atoi(const char *s)
{
    return (int)strtol(s, NULL, 10);
}

long atol(const char *s)
{
    return strtol(s, NULL, 10);
}

long long atoll(const char *s)
{
    return strtoll(s, NULL, 10);
}
