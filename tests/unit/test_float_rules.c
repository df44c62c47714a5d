/* SPDX-License-Identifier: MIT */
/*
 * The software floating point where hosts differ from RISC-V, or lack an operation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "backends/soft/float.h"

static const struct float_integer word = {32, true}, unsigned_word = {32, false};
static const struct float_integer long_word = {64, true};

static uint64_t from_double(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static uint64_t from_float(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

/* 2^24 + 1 and the like: halfway between two singles. */
static void test_ties(void **state)
{
    static const struct {
        int64_t from;
        float by_mode[5];
    } cases[] = {
        {16777217, {16777216, 16777216, 16777216, 16777218, 16777218}},
        {16777219, {16777220, 16777218, 16777218, 16777220, 16777220}},
        {-16777217, {-16777216, -16777216, -16777218, -16777216, -16777218}},
        {33554433, {33554432, 33554432, 33554432, 33554436, 33554432}}, /* less than halfway */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (unsigned mode = 0; mode < 5; mode++) {
            struct float_status status = {mode, 0};

            assert_int_equal(
                float_from_integer(&float_single, (uint64_t)cases[i].from, long_word, &status),
                from_float(cases[i].by_mode[mode]));
            assert_int_equal(status.flags, FLOAT_NX);
        }
}

static void test_ties_to_integers(void **state)
{
    static const double halves[] = {0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994};
    static const int64_t rounded[] = {1, 2, 3, -1, -2, -3, 0};

    (void)state;
    for (size_t i = 0; i < sizeof(halves) / sizeof(halves[0]); i++) {
        struct float_status status = {FLOAT_RMM, 0};

        assert_int_equal(
            float_to_integer(&float_double, from_double(halves[i]), long_word, &status),
            (uint64_t)rounded[i]);
        assert_int_equal(status.flags, FLOAT_NX);
    }
}

#define SIGNALING 0x7f800001u
#define QUIET     0xffc12345u
#define NAN_OUT   0x7fc00000u

/* Overflow, ties and underflow when rounding to nearest, ties away. */
static void test_ties_away(void **state)
{
    static const struct {
        uint64_t a, b, c, result;
        unsigned flags;
    } cases[] = {
        {0x7f7fffff, 0x3f800000, 0x73000000, 0x7f800000, FLOAT_OF | FLOAT_NX}, /* max + half */
        {0x7f7fffff, 0x3f800000, 0x72ffffff, 0x7f7fffff, FLOAT_NX},            /* a bit less */
        {0x00000001, 0x3f000000, 0, 0x00000001, FLOAT_UF | FLOAT_NX},          /* half the least */
        {0x80000001, 0x3f000000, 0x80000000, 0x80000001, FLOAT_UF | FLOAT_NX},
        {0x00000001, 0x3effffff, 0, 0x00000000, FLOAT_UF | FLOAT_NX},
        {0x3f800000, 0x3f800000, 0x33800000, 0x3f800001, FLOAT_NX}, /* 1 + 2^-24 */
        {0xbf800000, 0x3f800000, 0xb3800000, 0xbf800001, FLOAT_NX},
        /* Just below the least normal number, which it rounds to either way: it is tiny if
         * that takes the exponent of subnormal numbers, not if 24 bits would do. */
        {0x00ffffff, 0x3f000000, 0, 0x00800000, FLOAT_UF | FLOAT_NX},
        {0x3f7fffff, 0x00800001, 0, 0x00800000, FLOAT_NX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct float_status status = {FLOAT_RMM, 0};

        assert_int_equal(
            float_multiply_add(&float_single, cases[i].a, cases[i].b, cases[i].c, &status),
            cases[i].result);
        assert_int_equal(status.flags, cases[i].flags);
    }
}

static void test_minimum(void **state)
{
    static const struct {
        uint32_t a, b, minimum, maximum;
        unsigned flags;
    } cases[] = {
        {0x00000000, 0x80000000, 0x80000000, 0x00000000, 0},
        {0x80000000, 0x00000000, 0x80000000, 0x00000000, 0},
        {0x3f800000, 0xc0000000, 0xc0000000, 0x3f800000, 0},
        {0xbf800000, 0xc0000000, 0xc0000000, 0xbf800000, 0},
        {0x7f800000, 0x00000001, 0x00000001, 0x7f800000, 0},
        {QUIET, 0x3f800000, 0x3f800000, 0x3f800000, 0},
        {0x3f800000, SIGNALING, 0x3f800000, 0x3f800000, FLOAT_NV},
        {QUIET, QUIET, NAN_OUT, NAN_OUT, 0},
        {QUIET, SIGNALING, NAN_OUT, NAN_OUT, FLOAT_NV},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct float_status status = {FLOAT_RNE, 0};

        assert_int_equal(float_minimum(&float_single, cases[i].a, cases[i].b, false, &status),
                         cases[i].minimum);
        assert_int_equal(status.flags, cases[i].flags);
        assert_int_equal(float_minimum(&float_single, cases[i].a, cases[i].b, true, &status),
                         cases[i].maximum);
        assert_int_equal(status.flags, cases[i].flags);
    }
}

static void test_invalid(void **state)
{
    static const uint64_t infinity = 0x7f800000, one = 0x3f800000;
    struct float_status status = {FLOAT_RNE, 0};

    (void)state;
    assert_int_equal(float_multiply_add(&float_single, infinity, 0, QUIET, &status), NAN_OUT);
    assert_int_equal(status.flags, FLOAT_NV);
    status.flags = 0;
    assert_int_equal(float_add(&float_single, QUIET, one, &status), NAN_OUT);
    assert_int_equal(status.flags, 0);
    assert_int_equal(float_convert(&float_single, &float_double, QUIET, &status),
                     0x7ff8000000000000u);
    assert_int_equal(status.flags, 0);
    assert_int_equal(float_divide(&float_single, one, 0x80000000, &status), 0xff800000);
    assert_int_equal(status.flags, FLOAT_DZ);
    assert_int_equal(float_to_integer(&float_single, QUIET, word, &status), INT32_MAX);
    assert_int_equal(float_to_integer(&float_single, QUIET, unsigned_word, &status), UINT64_MAX);
    assert_int_equal(status.flags, FLOAT_DZ | FLOAT_NV); /* they add up */
}

static void test_classify(void **state)
{
    static const uint32_t singles[] = {0xff800000, 0xc0000000, 0x807fffff, 0x80000000, 0x00000000,
                                       0x00000001, 0x00800000, 0x7f800000, SIGNALING,  QUIET};

    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        struct float_status status = {FLOAT_RNE, 0};
        uint64_t wide = float_convert(&float_single, &float_double, singles[i], &status);

        assert_int_equal(float_classify(&float_single, singles[i]), i);
        if (i != FLOAT_NEGATIVE_SUBNORMAL && i != FLOAT_POSITIVE_SUBNORMAL && i < 8)
            assert_int_equal(float_classify(&float_double, wide), i);
    }
    assert_int_equal(float_classify(&float_double, 0x000fffffffffffff), FLOAT_POSITIVE_SUBNORMAL);
    assert_int_equal(float_classify(&float_double, 0x8010000000000000), FLOAT_NEGATIVE_NORMAL);
    assert_int_equal(float_classify(&float_double, 0x7ff7ffffffffffff), FLOAT_SIGNALING_NAN);
    assert_int_equal(float_classify(&float_double, 0x7ff8000000000000), FLOAT_QUIET_NAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ties),      cmocka_unit_test(test_ties_to_integers),
        cmocka_unit_test(test_ties_away), cmocka_unit_test(test_minimum),
        cmocka_unit_test(test_invalid),   cmocka_unit_test(test_classify),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
