/* SPDX-License-Identifier: MIT */
/*
 * Floating-point arithmetic in integers. An operation unpacks its operands to integers times powers
 * of two, computes the result exactly or with a sticky bit, and rounds it in round_pack.
 */
#include "float.h"

__extension__ typedef unsigned __int128 uint128;

const struct float_format float_single = {.exponent_bits = 8, .fraction_bits = 23};
const struct float_format float_double = {.exponent_bits = 11, .fraction_bits = 52};

#define EXPONENT_LIMIT 100000 /* larger than any exponent */

enum kind { FINITE, INFINITE, QUIET_NAN, SIGNALING_NAN };

/*
 * If finite: significand * 2^exponent. If the significand is not exact, its lowest bit is sticky:
 * it is set if any bit below it would be. Then there are enough bits above it for rounding.
 */
struct number {
    enum kind kind;
    bool negative;
    int exponent;
    uint128 significand; /* at most 127 bits */
};

uint64_t float_sign(const struct float_format *format)
{
    return 1ull << (format->exponent_bits + format->fraction_bits);
}

static uint64_t infinity(const struct float_format *format)
{
    return ((1ull << format->exponent_bits) - 1) << format->fraction_bits;
}

uint64_t float_nan(const struct float_format *format)
{
    return infinity(format) | 1ull << (format->fraction_bits - 1);
}

/* Returns the exponent of subnormal numbers, the least one. */
static int least_exponent(const struct float_format *format)
{
    return 2 - (1 << (format->exponent_bits - 1)) - (int)format->fraction_bits;
}

static struct number unpack(const struct float_format *format, uint64_t bits)
{
    uint64_t magnitude = bits & (float_sign(format) - 1), one = 1ull << format->fraction_bits;
    int exponent = (int)(magnitude >> format->fraction_bits);
    struct number number = {.negative = bits & float_sign(format)};

    if (magnitude > infinity(format)) {
        number.kind = (magnitude & one / 2) ? QUIET_NAN : SIGNALING_NAN;
    } else if (magnitude == infinity(format)) {
        number.kind = INFINITE;
    } else {
        number.significand = (magnitude & (one - 1)) | (exponent ? one : 0);
        number.exponent = least_exponent(format) + (exponent ? exponent - 1 : 0);
    }
    return number;
}

static bool is_nan(struct number number)
{
    return number.kind >= QUIET_NAN;
}

static bool is_zero(struct number number)
{
    return number.kind == FINITE && number.significand == 0;
}

/* Returns the number of bits up to the highest set bit. */
static int length(uint128 value)
{
    uint64_t high = (uint64_t)(value >> 64), low = (uint64_t)value;

    if (high)
        return 128 - __builtin_clzll(high);
    return low ? 64 - __builtin_clzll(low) : 0;
}

/* Rounds a number to an integer times 2^exponent, and returns the integer. */
static uint128 round_to(struct number number, int exponent, enum float_rounding rounding,
                        bool *inexact)
{
    int shift = exponent - number.exponent;
    uint128 whole, rest, half;
    bool up = false;

    *inexact = false;
    if (shift <= 0)
        return number.significand << -shift;
    if (shift > 127) { /* less than half of 2^exponent */
        shift = 2;
        number.significand = number.significand != 0;
    }
    whole = number.significand >> shift;
    rest = number.significand - (whole << shift);
    half = (uint128)1 << (shift - 1);
    *inexact = rest != 0;
    switch (rounding) {
    case FLOAT_RNE:
        up = rest > half || (rest == half && whole & 1);
        break;
    case FLOAT_RMM:
        up = rest >= half;
        break;
    case FLOAT_RDN:
        up = *inexact && number.negative;
        break;
    case FLOAT_RUP:
        up = *inexact && !number.negative;
        break;
    case FLOAT_RTZ:
        break;
    }
    return whole + up;
}

static uint64_t pack_infinity(const struct float_format *format, bool negative)
{
    return infinity(format) | (negative ? float_sign(format) : 0);
}

/* Returns infinity, or the largest number if the mode rounds towards zero here. */
static uint64_t overflow(const struct float_format *format, bool negative,
                         struct float_status *status)
{
    enum float_rounding inwards = negative ? FLOAT_RUP : FLOAT_RDN;
    bool largest = status->rounding == FLOAT_RTZ || status->rounding == inwards;

    status->flags |= FLOAT_OF | FLOAT_NX;
    return pack_infinity(format, negative) - largest;
}

static uint64_t round_pack(const struct float_format *format, struct number number,
                           struct float_status *status)
{
    int precision = (int)format->fraction_bits + 1, least = least_exponent(format);
    int unlimited = number.exponent + length(number.significand) - precision;
    int exponent = unlimited > least ? unlimited : least;
    uint64_t sign = number.negative ? float_sign(format) : 0;
    uint128 significand, magnitude;
    bool inexact;

    if (number.significand == 0)
        return sign;
    significand = round_to(number, exponent, status->rounding, &inexact);
    /* The highest bit of a normal number is not stored. Here it adds 1 to the exponent field, which
     * is 0 for subnormal numbers. If rounding has carried into a new bit, that adds 1 more. */
    magnitude = ((uint128)(unsigned)(exponent - least) << format->fraction_bits) + significand;
    if (magnitude >= infinity(format))
        return overflow(format, number.negative, status);
    if (inexact) {
        bool ignored;

        /* Underflow, detected after rounding (11.4): rounded with an unlimited exponent, the
         * result would be less than any normal number. */
        significand = round_to(number, unlimited, status->rounding, &ignored);
        unlimited += (int)(significand >> precision);
        status->flags |= FLOAT_NX | (unlimited < least ? FLOAT_UF : 0);
    }
    return sign | (uint64_t)magnitude;
}

static uint64_t invalid(const struct float_format *format, struct float_status *status)
{
    status->flags |= FLOAT_NV;
    return float_nan(format);
}

/* Returns the result if at least one operand is a NaN. */
static uint64_t nan_of(const struct float_format *format, struct number a, struct number b,
                       struct float_status *status)
{
    if (a.kind == SIGNALING_NAN || b.kind == SIGNALING_NAN)
        status->flags |= FLOAT_NV;
    return float_nan(format);
}

/* Shifts the significand to a length in bits. Zero gets the least exponent of all. */
static struct number lengthen(struct number number, int bits)
{
    int shift = bits - length(number.significand);

    number.significand <<= shift;
    number.exponent = number.significand ? number.exponent - shift : -EXPONENT_LIMIT;
    return number;
}

/* Shifts right, into a sticky lowest bit. */
static uint128 shift_sticky(uint128 significand, int shift)
{
    if (shift > 127)
        return significand != 0;
    return significand >> shift | ((significand & (((uint128)1 << shift) - 1)) != 0);
}

/* Adds two finite numbers. At 126 bits, b loses bits only if it is far smaller than a, and then the
 * sum is at most one bit shorter than a, so the sticky bit stays below the rounding. */
static struct number add(struct number a, struct number b, enum float_rounding rounding)
{
    a = lengthen(a, 126);
    b = lengthen(b, 126);
    if (a.exponent < b.exponent) {
        struct number larger = b;

        b = a;
        a = larger;
    }
    b.significand = shift_sticky(b.significand, a.exponent - b.exponent);
    if (a.negative == b.negative) {
        a.significand += b.significand;
    } else if (a.significand > b.significand) {
        a.significand -= b.significand;
    } else { /* x - x is +0, or -0 when rounding down (IEEE 754, 6.3) */
        a.negative = a.significand == b.significand ? rounding == FLOAT_RDN : b.negative;
        a.significand = b.significand - a.significand;
    }
    return a;
}

uint64_t float_multiply_add(const struct float_format *format, uint64_t a_bits, uint64_t b_bits,
                            uint64_t c_bits, struct float_status *status)
{
    struct number a = unpack(format, a_bits), b = unpack(format, b_bits);
    struct number c = unpack(format, c_bits);
    struct number product = {
        .kind = a.kind == INFINITE || b.kind == INFINITE ? INFINITE : FINITE,
        .negative = a.negative != b.negative,
        .exponent = a.exponent + b.exponent,
        .significand = a.significand * b.significand,
    };

    /* Infinity times zero is invalid even if c is a quiet NaN (11.6). */
    if ((a.kind == INFINITE && is_zero(b)) || (is_zero(a) && b.kind == INFINITE))
        return invalid(format, status);
    if (is_nan(a) || is_nan(b) || is_nan(c)) {
        nan_of(format, a, b, status);
        return nan_of(format, c, c, status);
    }
    if (product.kind == INFINITE && c.kind == INFINITE && product.negative != c.negative)
        return invalid(format, status);
    if (product.kind == INFINITE)
        return pack_infinity(format, product.negative);
    if (c.kind == INFINITE)
        return c_bits;
    return round_pack(format, add(product, c, status->rounding), status);
}

/* Computes a * 1 + b. */
uint64_t float_add(const struct float_format *format, uint64_t a, uint64_t b,
                   struct float_status *status)
{
    uint64_t one = infinity(format) >> 1 & infinity(format);

    return float_multiply_add(format, a, one, b, status);
}

/* Computes a * b + 0. The zero has the sign of the product, so it does not change it. */
uint64_t float_multiply(const struct float_format *format, uint64_t a, uint64_t b,
                        struct float_status *status)
{
    return float_multiply_add(format, a, b, (a ^ b) & float_sign(format), status);
}

uint64_t float_divide(const struct float_format *format, uint64_t a_bits, uint64_t b_bits,
                      struct float_status *status)
{
    struct number a = unpack(format, a_bits), b = unpack(format, b_bits);
    bool negative = a.negative != b.negative;
    struct number quotient = {.negative = negative};

    if (is_nan(a) || is_nan(b))
        return nan_of(format, a, b, status);
    if ((a.kind == INFINITE && b.kind == INFINITE) || (is_zero(a) && is_zero(b)))
        return invalid(format, status);
    if (a.kind == INFINITE)
        return pack_infinity(format, negative);
    if (b.kind == INFINITE || is_zero(a))
        return round_pack(format, quotient, status);
    if (is_zero(b)) {
        status->flags |= FLOAT_DZ;
        return pack_infinity(format, negative);
    }
    a = lengthen(a, 127);
    b = lengthen(b, 64); /* the quotient has 63 or 64 bits */
    quotient.exponent = a.exponent - b.exponent;
    quotient.significand = a.significand / b.significand;
    quotient.significand |= quotient.significand * b.significand != a.significand;
    return round_pack(format, quotient, status);
}

/* Returns the integer part of a square root, found bit by bit from the highest one. */
static uint64_t integer_root(uint128 square)
{
    uint64_t root = 0;

    for (uint64_t bit = 1ull << 63; bit; bit >>= 1) {
        uint128 larger = root | bit;

        if (larger * larger <= square)
            root |= bit;
    }
    return root;
}

uint64_t float_square_root(const struct float_format *format, uint64_t bits,
                           struct float_status *status)
{
    struct number a = unpack(format, bits);
    uint64_t root;

    if (is_nan(a))
        return nan_of(format, a, a, status);
    if (is_zero(a))
        return bits;
    if (a.negative)
        return invalid(format, status);
    if (a.kind == INFINITE)
        return bits;
    a = lengthen(a, 126);
    if (a.exponent % 2)
        a = lengthen(a, 127);
    root = integer_root(a.significand);
    a.exponent /= 2;
    a.significand = root | ((uint128)root * root != a.significand);
    return round_pack(format, a, status);
}

uint64_t float_convert(const struct float_format *from, const struct float_format *to,
                       uint64_t bits, struct float_status *status)
{
    struct number a = unpack(from, bits);

    if (is_nan(a))
        return nan_of(to, a, a, status);
    return a.kind == INFINITE ? pack_infinity(to, a.negative) : round_pack(to, a, status);
}

/* Returns an integer as a register holds it: 32 bits sign-extended, also if unsigned. */
static uint64_t in_register(uint64_t value, struct float_integer type)
{
    return type.bits == 32 ? (uint64_t)(int64_t)(int32_t)value : value;
}

uint64_t float_to_integer(const struct float_format *format, uint64_t bits,
                          struct float_integer type, struct float_status *status)
{
    struct number a = unpack(format, bits);
    bool negative = a.negative && !is_nan(a), inexact = false;
    uint64_t top = 1ull << (type.bits - 1), limit = type.is_signed ? top - 1 : top - 1 + top;
    uint128 magnitude = (uint128)1 << 64; /* too large for any type */

    if (negative)
        limit = type.is_signed ? top : 0;
    if (a.kind == FINITE && a.exponent + length(a.significand) <= 64)
        magnitude = round_to(a, 0, status->rounding, &inexact);
    if (magnitude > limit) {
        status->flags |= FLOAT_NV;
        magnitude = limit;
    } else if (inexact) {
        status->flags |= FLOAT_NX;
    }
    return in_register(negative ? -(uint64_t)magnitude : (uint64_t)magnitude, type);
}

uint64_t float_from_integer(const struct float_format *format, uint64_t value,
                            struct float_integer type, struct float_status *status)
{
    struct number a = {0};

    if (type.bits == 32)
        value = type.is_signed ? in_register(value, type) : (uint32_t)value;
    a.negative = type.is_signed && value >> 63;
    if (a.negative)
        value = -value;
    a.significand = value;
    return round_pack(format, a, status);
}

/* Returns an integer that orders numbers by size, with -0 just below +0. */
static int64_t order(const struct float_format *format, uint64_t bits)
{
    int64_t magnitude = (int64_t)(bits & (float_sign(format) - 1));

    return (bits & float_sign(format)) ? ~magnitude : magnitude;
}

bool float_compare(const struct float_format *format, uint64_t a_bits, uint64_t b_bits,
                   enum float_relation relation, struct float_status *status)
{
    struct number a = unpack(format, a_bits), b = unpack(format, b_bits);
    bool equal = a_bits == b_bits || (is_zero(a) && is_zero(b));
    bool less = !equal && order(format, a_bits) < order(format, b_bits);

    if (is_nan(a) || is_nan(b)) {
        nan_of(format, a, b, status);
        if (relation != FLOAT_EQUAL)
            invalid(format, status);
        return false;
    }
    switch (relation) {
    case FLOAT_LESS:
        return less;
    case FLOAT_LESS_EQUAL:
        return less || equal;
    default:
        return equal;
    }
}

uint64_t float_minimum(const struct float_format *format, uint64_t a_bits, uint64_t b_bits,
                       bool maximum, struct float_status *status)
{
    struct number a = unpack(format, a_bits), b = unpack(format, b_bits);

    if (is_nan(a) || is_nan(b)) {
        uint64_t nan = nan_of(format, a, b, status);

        if (is_nan(a))
            return is_nan(b) ? nan : b_bits;
        return a_bits;
    }
    return (order(format, a_bits) < order(format, b_bits)) != maximum ? a_bits : b_bits;
}

enum float_class float_classify(const struct float_format *format, uint64_t bits)
{
    struct number a = unpack(format, bits);
    bool normal = a.significand >> format->fraction_bits;

    if (is_nan(a))
        return a.kind == QUIET_NAN ? FLOAT_QUIET_NAN : FLOAT_SIGNALING_NAN;
    if (a.kind == INFINITE)
        return a.negative ? FLOAT_NEGATIVE_INFINITY : FLOAT_POSITIVE_INFINITY;
    if (is_zero(a))
        return a.negative ? FLOAT_NEGATIVE_ZERO : FLOAT_POSITIVE_ZERO;
    if (a.negative)
        return normal ? FLOAT_NEGATIVE_NORMAL : FLOAT_NEGATIVE_SUBNORMAL;
    return normal ? FLOAT_POSITIVE_NORMAL : FLOAT_POSITIVE_SUBNORMAL;
}
