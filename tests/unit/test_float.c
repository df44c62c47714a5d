/* SPDX-License-Identifier: MIT */
/*
 * The software floating point against the host's own, in its four rounding modes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fenv.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "backends/soft/float.h"
#include "random.h"

#define ROUNDS 200000

static const struct float_format *const formats[] = {&float_single, &float_double};

static const struct float_integer integers[] = {{32, true}, {32, false}, {64, true}, {64, false}};

/* The host's modes, by RISC-V's numbers. */
static const int modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};

static double to_double(uint64_t bits)
{
    double value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

static float to_float(uint64_t bits)
{
    uint32_t low = (uint32_t)bits;
    float value;

    memcpy(&value, &low, sizeof(value));
    return value;
}

static uint64_t from_double(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return isnan(value) ? float_nan(&float_double) : bits;
}

static uint64_t from_float(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return isnan(value) ? float_nan(&float_single) : bits;
}

/* Returns any bits, interesting ones more often. */
static uint64_t random_number(const struct float_format *format)
{
    unsigned exponents = 1u << format->exponent_bits, exponent = random_below(exponents);
    uint64_t fraction = random_edge(), sign = random_below(2) ? float_sign(format) : 0;

    switch (random_below(8)) {
    case 0:
        exponent = random_below(3);
        break;
    case 1:
        exponent = exponents - 1 - random_below(3);
        break;
    case 2:
    case 3:
        exponent = exponents / 2 - 4 + random_below(8);
        break;
    case 4: /* as large as integers are */
        exponent = exponents / 2 - 1 + random_below(66);
        break;
    default:
        break;
    }
    if (random_below(4) == 0)
        fraction = random_below(2) ? 0 : UINT64_MAX;
    fraction &= (1ull << format->fraction_bits) - 1;
    return sign | (uint64_t)(exponent & (exponents - 1)) << format->fraction_bits | fraction;
}

static unsigned host_flags(void)
{
    static const struct {
        int host;
        unsigned flag;
    } flags[] = {{FE_INEXACT, FLOAT_NX},
                 {FE_UNDERFLOW, FLOAT_UF},
                 {FE_OVERFLOW, FLOAT_OF},
                 {FE_DIVBYZERO, FLOAT_DZ},
                 {FE_INVALID, FLOAT_NV}};
    int raised = fetestexcept(FE_ALL_EXCEPT);
    unsigned result = 0;

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        result |= raised & flags[i].host ? flags[i].flag : 0;
    return result;
}

enum operation { ADD, MULTIPLY, DIVIDE, SQUARE_ROOT, MULTIPLY_ADD, CONVERT, OPERATIONS };

static const char *const names[] = {"add", "multiply", "divide", "root", "multiply-add", "convert"};

static uint64_t by_host_single(enum operation operation, const uint64_t *operands)
{
    volatile float a = to_float(operands[0]), b = to_float(operands[1]), c = to_float(operands[2]);
    volatile float result = 0;
    volatile double wide;

    feclearexcept(FE_ALL_EXCEPT);
    switch (operation) {
    case ADD:
        result = a + b;
        break;
    case MULTIPLY:
        result = a * b;
        break;
    case DIVIDE:
        result = a / b;
        break;
    case SQUARE_ROOT:
        result = sqrtf(a);
        break;
    case MULTIPLY_ADD:
        result = fmaf(a, b, c);
        break;
    default:
        wide = a;
        return from_double(wide);
    }
    return from_float(result);
}

static uint64_t by_host_double(enum operation operation, const uint64_t *operands)
{
    volatile double a = to_double(operands[0]), b = to_double(operands[1]);
    volatile double c = to_double(operands[2]), result = 0;
    volatile float narrow;

    feclearexcept(FE_ALL_EXCEPT);
    switch (operation) {
    case ADD:
        result = a + b;
        break;
    case MULTIPLY:
        result = a * b;
        break;
    case DIVIDE:
        result = a / b;
        break;
    case SQUARE_ROOT:
        result = sqrt(a);
        break;
    case MULTIPLY_ADD:
        result = fma(a, b, c);
        break;
    default:
        narrow = (float)a;
        return from_float(narrow);
    }
    return from_double(result);
}

static uint64_t by_soft(enum operation operation, const struct float_format *format,
                        const uint64_t *x, struct float_status *status)
{
    switch (operation) {
    case ADD:
        return float_add(format, x[0], x[1], status);
    case MULTIPLY:
        return float_multiply(format, x[0], x[1], status);
    case DIVIDE:
        return float_divide(format, x[0], x[1], status);
    case SQUARE_ROOT:
        return float_square_root(format, x[0], status);
    case MULTIPLY_ADD:
        return float_multiply_add(format, x[0], x[1], x[2], status);
    default:
        return float_convert(format, format == &float_single ? &float_double : &float_single, x[0],
                             status);
    }
}

/* Operands whose sums and products cancel, now and then. */
static void random_operands(const struct float_format *format, uint64_t *x)
{
    struct float_status status = {FLOAT_RNE, 0};

    for (unsigned i = 0; i < 3; i++)
        x[i] = random_number(format);
    if (random_below(4) == 0)
        x[1] = (x[0] ^ float_sign(format)) + random_below(3) - 1;
    if (random_below(2))
        x[2] = (float_multiply(format, x[0], x[1], &status) ^ float_sign(format)) +
               random_below(3) - 1;
    for (unsigned i = 0; i < 3; i++)
        x[i] &= 2 * float_sign(format) - 1;
}

/* Returns whether the host detects tininess before rounding, as some do. */
static bool flags_agree(unsigned host, unsigned soft)
{
#ifdef __x86_64__
    return host == soft;
#else
    return (host & ~FLOAT_UF) == (soft & ~FLOAT_UF);
#endif
}

/* Infinity times zero plus a quiet NaN: whether that is invalid is the implementation's
 * choice (IEEE 754, 7.2), and RISC-V's is yes. */
static bool is_choice(const struct float_format *format, const uint64_t *x)
{
    struct float_status status = {FLOAT_RNE, 0};

    float_multiply(format, x[0], x[1], &status);
    return status.flags & FLOAT_NV && float_classify(format, x[2]) == FLOAT_QUIET_NAN;
}

static void test_arithmetic(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROUNDS * OPERATIONS; i++) {
        enum operation operation = i % OPERATIONS;
        const struct float_format *format = formats[random_below(2)];
        struct float_status status = {random_below(4), 0};
        unsigned flags, before = 1u << random_below(5);
        struct float_status sticky = {.flags = before};
        uint64_t x[3], want, got;

        random_operands(format, x);
        if (operation == MULTIPLY_ADD && is_choice(format, x))
            continue;
        fesetround(modes[status.rounding]);
        want = (format == &float_single ? by_host_single : by_host_double)(operation, x);
        flags = host_flags();
        fesetround(FE_TONEAREST);
        got = by_soft(operation, format, x, &status);
        if (want != got || !flags_agree(flags, status.flags))
            fail_msg("%s, mode %d: %#" PRIx64 " %#" PRIx64 " %#" PRIx64 ": %#" PRIx64
                     " flags %#x, not %#" PRIx64 " flags %#x",
                     names[operation], status.rounding, x[0], x[1], x[2], got, status.flags, want,
                     flags);
        sticky.rounding = status.rounding;
        by_soft(operation, format, x, &sticky);
        assert_int_equal(sticky.flags, before | status.flags);
    }
}

/* A number as an integer, by the host: rounded as a double, which is exact. */
static uint64_t integer_by_host(double value, struct float_integer type, unsigned *flags)
{
    double top = ldexp(1, (int)type.bits - (type.is_signed ? 1 : 0)), rounded = rint(value);
    uint64_t result;

    *flags = FLOAT_NV;
    if (isnan(value) || rounded >= top)
        result = type.is_signed ? (1ull << (type.bits - 1)) - 1 : UINT64_MAX;
    else if (rounded < (type.is_signed ? -top : 0))
        result = type.is_signed ? -(1ull << (type.bits - 1)) : 0;
    else {
        *flags = rounded != value ? FLOAT_NX : 0;
        result = rounded < 0 ? (uint64_t)(int64_t)rounded : (uint64_t)rounded;
    }
    return type.bits == 32 ? (uint64_t)(int64_t)(int32_t)result : result;
}

static void test_to_integer(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        const struct float_format *format = formats[random_below(2)];
        struct float_integer type = integers[random_below(4)];
        struct float_status status = {random_below(4), 0};
        uint64_t x = random_number(format), want, got;
        unsigned flags;

        fesetround(modes[status.rounding]);
        want = integer_by_host(format == &float_single ? to_float(x) : to_double(x), type, &flags);
        fesetround(FE_TONEAREST);
        got = float_to_integer(format, x, type, &status);
        if (want != got || flags != status.flags)
            fail_msg("%#" PRIx64 " to %u bits, mode %d: %#" PRIx64 " flags %#x, not %#" PRIx64
                     " flags %#x",
                     x, type.bits, status.rounding, got, status.flags, want, flags);
    }
}

static void test_from_integer(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        const struct float_format *format = formats[random_below(2)];
        struct float_integer type = integers[random_below(4)];
        struct float_status status = {random_below(4), 0};
        uint64_t x = random_edge(), want, got, value = x;
        volatile long double exact;

        if (type.bits == 32)
            value = type.is_signed ? (uint64_t)(int64_t)(int32_t)x : (uint32_t)x;
        exact = type.is_signed ? (long double)(int64_t)value : (long double)value;
        fesetround(modes[status.rounding]);
        feclearexcept(FE_ALL_EXCEPT);
        want = format == &float_single ? from_float((float)exact) : from_double((double)exact);
        got = float_from_integer(format, x, type, &status);
        assert_int_equal(status.flags, host_flags());
        fesetround(FE_TONEAREST);
        assert_int_equal(got, want);
    }
}

static void test_compare(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        const struct float_format *format = formats[random_below(2)];
        struct float_status status = {FLOAT_RNE, 0};
        uint64_t x[3];
        volatile double a, b;
        bool signaling, nan;

        random_operands(format, x);
        a = format == &float_single ? to_float(x[0]) : to_double(x[0]);
        b = format == &float_single ? to_float(x[1]) : to_double(x[1]);
        nan = isnan(a) || isnan(b);
        signaling = float_classify(format, x[0]) == FLOAT_SIGNALING_NAN ||
                    float_classify(format, x[1]) == FLOAT_SIGNALING_NAN;
        assert_int_equal(float_compare(format, x[0], x[1], FLOAT_EQUAL, &status), a == b);
        assert_int_equal(status.flags, signaling ? FLOAT_NV : 0);
        status.flags = 0;
        assert_int_equal(float_compare(format, x[0], x[1], FLOAT_LESS, &status), a < b);
        assert_int_equal(status.flags, nan ? FLOAT_NV : 0);
        status.flags = 0;
        assert_int_equal(float_compare(format, x[0], x[1], FLOAT_LESS_EQUAL, &status), a <= b);
        assert_int_equal(status.flags, nan ? FLOAT_NV : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arithmetic),
        cmocka_unit_test(test_to_integer),
        cmocka_unit_test(test_from_integer),
        cmocka_unit_test(test_compare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
