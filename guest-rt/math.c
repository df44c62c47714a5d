/* SPDX-License-Identifier: MIT */
/*
 * math.h. Most functions look at the bits of a number: sign, exponent + 1023, fraction.
 */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "libc.h"

#ifdef HAS_FLOAT

#include <square_root.h>

#define SIGN          (1ull << 63)
#define FRACTION_BITS 52
#define LEADING_ONE   (1ull << FRACTION_BITS)
#define FRACTION      (LEADING_ONE - 1)
#define SPECIAL       0x7ff /* the exponent of infinity and of NaN */
#define BIAS          1023

static uint64_t bits_of(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

static double of_bits(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof(x));
    return x;
}

/* Returns the exponent as it is stored: 0 for zero and subnormal numbers. */
static int stored_exponent(uint64_t bits)
{
    return (int)(bits >> FRACTION_BITS) & SPECIAL;
}

double fabs(double x)
{
    return of_bits(bits_of(x) & ~SIGN);
}

double copysign(double x, double sign)
{
    return of_bits((bits_of(x) & ~SIGN) | (bits_of(sign) & SIGN));
}

double fmin(double x, double y)
{
    if (isnan(x) || isnan(y))
        return isnan(x) ? y : x;
    if (x == y)
        return signbit(x) ? x : y; /* -0 is the smaller zero */
    return x < y ? x : y;
}

double fmax(double x, double y)
{
    if (isnan(x) || isnan(y))
        return isnan(x) ? y : x;
    if (x == y)
        return signbit(x) ? y : x;
    return x > y ? x : y;
}

double trunc(double x)
{
    uint64_t bits = bits_of(x);
    int exponent = stored_exponent(bits) - BIAS;

    if (exponent == SPECIAL - BIAS)
        return x + x; /* a NaN becomes a quiet one */
    if (exponent >= FRACTION_BITS)
        return x;
    if (exponent < 0)
        return of_bits(bits & SIGN);
    return of_bits(bits & ~(FRACTION >> exponent));
}

double floor(double x)
{
    double whole = trunc(x);

    return whole > x ? whole - 1 : whole;
}

double ceil(double x)
{
    double whole = trunc(x);

    return whole < x ? copysign(whole + 1, x) : whole;
}

double round(double x)
{
    double whole = trunc(x);

    return fabs(x - whole) >= 0.5 ? whole + copysign(1, x) : whole;
}

/* From 2^52 on, doubles are whole: the sum is rounded to one, by the rounding mode. */
double rint(double x)
{
    const double shift = copysign(0x1p52, x);

    if (!(fabs(x) < 0x1p52))
        return x + 0;                /* also a NaN */
    volatile double sum = x + shift; /* not to be folded */
    return copysign(sum - shift, x);
}

/* Returns |x| as a whole number with bit 52 set, times 2^exponent; x is not 0. */
static uint64_t split(double x, int *exponent)
{
    uint64_t bits = bits_of(x) & ~SIGN;

    *exponent = stored_exponent(bits);
    if (*exponent) {
        bits = (bits & FRACTION) | LEADING_ONE;
    } else {
        *exponent = 1;
        for (; bits < LEADING_ONE; bits <<= 1)
            --*exponent;
    }
    *exponent -= BIAS + FRACTION_BITS;
    return bits;
}

/* Returns bits * 2^exponent. The result must be exact. */
static double join(uint64_t bits, int exponent)
{
    const int least = 1 - BIAS - FRACTION_BITS;

    if (bits == 0)
        return 0;
    for (; bits < LEADING_ONE && exponent > least; exponent--)
        bits <<= 1;
    if (exponent < least)
        return of_bits(bits >> (least - exponent));
    return of_bits(bits + ((uint64_t)(exponent - least) << FRACTION_BITS));
}

/* Divides as on paper: subtracts y at each binary place. */
double fmod(double x, double y)
{
    int x_exponent, y_exponent;
    uint64_t rest, by;

    if (isnan(x) || isnan(y) || isinf(x) || y == 0) {
        if (!isnan(x) && !isnan(y))
            errno = EDOM;
        return x * y / (x * y); /* a NaN */
    }
    if (fabs(x) < fabs(y) || x == 0)
        return x;
    rest = split(x, &x_exponent);
    by = split(y, &y_exponent);
    for (;; x_exponent--) {
        if (rest >= by)
            rest -= by;
        if (x_exponent == y_exponent || rest == 0)
            return copysign(join(rest, y_exponent), x);
        rest <<= 1;
    }
}

double sqrt(double x)
{
    if (x < 0)
        errno = EDOM;
    return square_root(x);
}

double frexp(double x, int *exponent)
{
    uint64_t bits;

    *exponent = 0;
    if (x == 0 || !isfinite(x))
        return x + x;
    bits = split(x, exponent);
    *exponent += FRACTION_BITS + 1;
    return copysign(join(bits, -FRACTION_BITS - 1), x);
}

/* Multiplies by powers of 2 that are doubles. Only the last product is rounded: if one before it is
 * subnormal, the last one, by less than 2^-53, is 0. */
double ldexp(double x, int exponent)
{
    double result = x;

    if (x == 0 || !isfinite(x))
        return x + x;
    for (; exponent > 1023 && isfinite(result); exponent -= 1023)
        result *= 0x1p1023;
    for (; exponent < -1022 && result != 0; exponent += 969)
        result *= 0x1p-969; /* 2^-1022 * 2^53 */
    if (isfinite(result) && result != 0)
        result *= of_bits((uint64_t)(exponent + BIAS) << FRACTION_BITS);
    if (!isfinite(result) || result == 0)
        errno = ERANGE;
    return result;
}

double modf(double x, double *whole)
{
    *whole = trunc(x);
    return copysign(isinf(x) ? 0 : x - *whole, x);
}

/* A float's results are floats, too, so those of the doubles are right. A square root has more than
 * twice a float's bits, which makes its second rounding harmless. */

float fabsf(float x)
{
    return (float)fabs(x);
}

float copysignf(float x, float sign)
{
    return (float)copysign(x, sign);
}

float fminf(float x, float y)
{
    return (float)fmin(x, y);
}

float fmaxf(float x, float y)
{
    return (float)fmax(x, y);
}

float floorf(float x)
{
    return (float)floor(x);
}

float ceilf(float x)
{
    return (float)ceil(x);
}

float truncf(float x)
{
    return (float)trunc(x);
}

float roundf(float x)
{
    return (float)round(x);
}

float rintf(float x)
{
    return (float)rint(x);
}

float fmodf(float x, float y)
{
    return (float)fmod(x, y);
}

float sqrtf(float x)
{
    return (float)sqrt(x);
}

#endif
