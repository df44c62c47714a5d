/* SPDX-License-Identifier: MIT */
/*
 * The formatter against the host's, over random directives and values.
 */
#include <errno.h>
#include <float.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "mock.h"

int rt_snprintf(char *buf, size_t size, const char *fmt, ...);
__typeof__(vsnprintf) rt_vsnprintf;
__typeof__(sprintf) rt_sprintf;

#define SPACE 400

/* Formats with both; results and every byte of the buffer must agree. */
static void check(size_t size, const char *fmt, ...)
{
    char want[SPACE], got[SPACE];
    int want_len, got_len;
    va_list args;

    memset(want, '~', SPACE);
    memset(got, '~', SPACE);
    va_start(args, fmt);
    want_len = vsnprintf(want, size, fmt, args);
    va_end(args);
    va_start(args, fmt);
    got_len = rt_vsnprintf(got, size, fmt, args);
    va_end(args);
    if (want_len != got_len || memcmp(want, got, SPACE) != 0)
        fail_msg("\"%s\", size %zu: %d \"%.*s\", not %d \"%.*s\"", fmt, size, got_len, (int)size,
                 got, want_len, (int)size, want);
}

static size_t random_size(void)
{
    return random_below(2) ? SPACE : random_below(40);
}

static const char *random_flags(const char *of)
{
    static char flags[8];
    size_t len = 0;

    for (; *of; of++) {
        if (random_below(3) == 0)
            flags[len++] = *of;
    }
    if (len > 0 && random_below(8) == 0) {
        flags[len] = flags[0]; /* given twice */
        len++;
    }
    flags[len] = '\0';
    return flags;
}

/* Makes up a directive, its widths as digits: "...%FLAGS WIDTH .PRECISION LENGTH CONVERSION..." */
static const char *random_format(const char *flags, const char *length, char conversion)
{
    static const char *const texts[] = {"", "a", "text %% ", "\n"};
    static char fmt[100];
    char width[12] = "", precision[12] = "";

    if (random_below(2))
        snprintf(width, sizeof width, "%u", 1 + random_below(random_below(8) ? 30 : 150));
    if (conversion != 'c' && conversion != 'p' && random_below(2))
        snprintf(precision, sizeof precision, random_below(6) ? ".%u" : ".",
                 random_below(random_below(8) ? 30 : 150));
    snprintf(fmt, sizeof fmt, "%s%%%s%s%s%s%c%s", texts[random_below(4)], random_flags(flags),
             width, precision, length, conversion, texts[random_below(4)]);
    return fmt;
}

static void test_integers(void **state)
{
    static const struct {
        char conversion;
        const char *flags;
    } kinds[] = {{'d', "-+ 0"}, {'i', "-+ 0"}, {'u', "-0"},
                 {'o', "-#0"},  {'x', "-#0"},  {'X', "-#0"}};
    static const char *const lengths[] = {"", "hh", "h", "l", "ll", "j", "z", "t"};

    (void)state;
    for (int i = 0; i < 200000; i++) {
        unsigned kind = random_below(6), length = random_below(8);
        const char *fmt = random_format(kinds[kind].flags, lengths[length], kinds[kind].conversion);
        uint64_t value = random_edge();

        if (length < 3)
            check(random_size(), fmt, (int)value);
        else
            check(random_size(), fmt, value);
    }
}

static void test_strings(void **state)
{
    char text[200];

    (void)state;
    for (int i = 0; i < 50000; i++) {
        unsigned len = random_below(random_below(4) ? 20 : 200);
        uint64_t value = random_edge();

        for (unsigned k = 0; k < len; k++)
            text[k] = (char)(1 + random_below(255));
        text[len] = '\0';
        check(random_size(), random_format("-", "", 's'), text);
        check(random_size(), random_format("-", "", 'c'), (int)value);
        check(random_size(), random_format("-", "", 'p'), random_below(8) ? (void *)value : NULL);
    }
}

static void test_stars(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        int width = (int)random_below(80) - 40, precision = (int)random_below(60) - 20;
        int value = (int)random_edge();

        check(random_size(), "<%*d>", width, value);
        check(random_size(), "<%0*x>", width, value);
        check(random_size(), "<%.*i>", precision, value);
        check(random_size(), "<%+*.*ld>", width, precision, (long)value);
        check(random_size(), "<%-*.*s>", width, precision, "a string of some length");
    }
}

static void test_every_size(void **state)
{
    (void)state;
    for (size_t size = 0; size < 120; size++) {
        check(size, "%s: %d of %-8u%% [%#010x] %c|%5s|%lld", "progress", -12, 77u, 0xBEEFu, 'z',
              "ab", LLONG_MIN);
        check(size, "%100d", 1);
        check(size, "%-100d|", 1);
        check(size, "%.100d", -1);
    }
}

static void test_edges(void **state)
{
    char unterminated[3] = {'a', 'b', 'c'};

    (void)state;
    check(SPACE, "");
    check(SPACE, "%%");
    check(SPACE, "%d %d", INT_MIN, INT_MAX);
    check(SPACE, "%ld %lu", LONG_MIN, ULONG_MAX);
    check(SPACE, "%jd %ju", INTMAX_MIN, UINTMAX_MAX);
    check(SPACE, "%hhd %hhu %hd %hu", -129, 257, 32768, -1);
    check(SPACE, "[%.0d] [%.d] [%5.0x] [%+.0d]", 0, 0, 0, 0);
    check(SPACE, "[%#.0o] [%#o] [%#x] [%#.0x] [%#5.3o]", 0, 0, 0, 0, 8);
    check(SPACE, "%05d|%-05d|%+05d|% 05d|%05.3d", 42, 42, 42, 42, 42);
    check(SPACE, "%.*s|%.3s|%.2s", 3, unterminated, unterminated, unterminated);
    check(SPACE, "%s|%10s|%.3s|%.6s", NULL, NULL, NULL, NULL);
    check(SPACE, "%p|%10p|%-10p|%p", NULL, NULL, NULL, (void *)0xABC);
    check(SPACE, "%d%d%d%d%d%d%d%d%d%s%ld", 1, 2, 3, 4, 5, 6, 7, 8, 9, "ten", 11L);
    check(SPACE, "%o %lo", -1, -1L);

    char buf[32];
    assert_int_equal(rt_sprintf(buf, "%d-%s", 5, "x"), 3);
    assert_string_equal(buf, "5-x");
    assert_int_equal(rt_snprintf(NULL, 0, "%d", 12345), 5);
    assert_int_equal(rt_snprintf(buf, SIZE_MAX, "%d", 12345), 5);
    assert_string_equal(buf, "12345");
}

/* Where glibc and the standard differ, and lengths that only a long double has. The other cases of
 * floating point are those of tests/float/cases.c. */
static void test_floating_point(void **state)
{
    char buf[8192];

    (void)state;
    rt_snprintf(buf, sizeof buf, "%#.2g %.3f %5.1f|%-7g|%+a", 99.5, -2.0005, 0.25, 1e5, -0.0);
    assert_string_equal(buf, "1.0e+02 -2.001   0.2|100000 |-0x0p+0");
    rt_snprintf(buf, sizeof buf, "%Lg %.0Lf %LE", 0.1L, 0x1p70L, 1e-4900L);
    assert_string_equal(buf, "0.1 1180591620717411303424 1.000000E-4900");
    assert_int_equal(rt_snprintf(buf, sizeof buf, "%.4000Lf", 0x1p-4000L), 4002);
    assert_string_equal(buf + 3998, "0625");
    assert_int_equal(rt_snprintf(buf, sizeof buf, "%Lf", LDBL_MAX), 4933 + 7);
}

/* An unknown directive ends the call: -1, errno, the text before it; no argument is changed. */
static void test_refused(void **state)
{
    static const char *const refused[] = {
        "ab%n", "ab%hhn", "ab%hf", "ab%Ld", "ab%lc", "ab%ls",  "ab%hs", "ab%k",
        "ab%",  "ab%5",   "ab%-",  "ab%.",  "ab%l",  "ab%lll", "ab%m",  "ab%'d",
    };

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        char buf[16];
        long untouched = 42;

        rt_errno = 0;
        assert_int_equal(rt_snprintf(buf, sizeof buf, refused[i], &untouched, 0), -1);
        assert_int_equal(rt_errno, EINVAL);
        assert_string_equal(buf, refused[i]);
        assert_int_equal(untouched, 42);
    }
}

static void test_overflow(void **state)
{
    static const char *const overflowing[] = {
        "ab%2147483648d",
        "ab%.2147483648d",
        "ab%99999999999999999999d",
        "ab%2147483647d",
    };
    char buf[8];

    (void)state;
    for (size_t i = 0; i < sizeof overflowing / sizeof overflowing[0]; i++) {
        rt_errno = 0;
        assert_int_equal(rt_snprintf(buf, sizeof buf, overflowing[i], 1), -1);
        assert_int_equal(rt_errno, EOVERFLOW);
        assert_memory_equal(buf, "ab", 2);
    }
    rt_errno = 0;
    assert_int_equal(rt_snprintf(buf, sizeof buf, "%*d", INT_MIN, 1), -1);
    assert_int_equal(rt_errno, EOVERFLOW);
    assert_int_equal(rt_snprintf(buf, sizeof buf, "%2147483647d", 1), INT_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers), cmocka_unit_test(test_strings),
        cmocka_unit_test(test_stars),    cmocka_unit_test(test_every_size),
        cmocka_unit_test(test_edges),    cmocka_unit_test(test_floating_point),
        cmocka_unit_test(test_refused),  cmocka_unit_test(test_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
