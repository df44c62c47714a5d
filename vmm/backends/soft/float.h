/* SPDX-License-Identifier: MIT */
/*
 * Floating-point arithmetic in integers, with the same results and flags on every host: IEEE
 * 754-2008 as RISC-V specifies it (unprivileged spec, chapters 11 and 12). A number is the bits of
 * its format, in the low bits of a uint64_t. Every NaN result is the canonical NaN.
 */
#ifndef BACKENDS_SOFT_FLOAT_H
#define BACKENDS_SOFT_FLOAT_H

#include <stdbool.h>
#include <stdint.h>

struct float_format {
    unsigned exponent_bits, fraction_bits;
};

extern const struct float_format float_single, float_double;

/* Rounding modes, numbered as in frm: table 11.1. */
enum float_rounding {
    FLOAT_RNE, /* to nearest, ties to even */
    FLOAT_RTZ, /* towards zero */
    FLOAT_RDN, /* down */
    FLOAT_RUP, /* up */
    FLOAT_RMM, /* to nearest, ties away from zero */
};

/* Exceptions, the bits of fflags: table 11.2. */
#define FLOAT_NX 0x01u /* inexact */
#define FLOAT_UF 0x02u /* underflow: tiny after rounding, and inexact */
#define FLOAT_OF 0x04u /* overflow */
#define FLOAT_DZ 0x08u /* division by zero */
#define FLOAT_NV 0x10u /* invalid operation */

/* What an operation uses besides its operands, and changes besides its result. */
struct float_status {
    enum float_rounding rounding;
    unsigned flags; /* FLOAT_ bits; an operation adds those that it raises */
};

/* An integer type to convert from or to. */
struct float_integer {
    unsigned bits; /* 32 or 64; RV64 sign-extends 32 bits in a register */
    bool is_signed;
};

/* Numbered as the funct3 of FLE, FLT and FEQ. */
enum float_relation { FLOAT_LESS_EQUAL, FLOAT_LESS, FLOAT_EQUAL };

/* Numbered as the bits of FCLASS: table 11.5. */
enum float_class {
    FLOAT_NEGATIVE_INFINITY,
    FLOAT_NEGATIVE_NORMAL,
    FLOAT_NEGATIVE_SUBNORMAL,
    FLOAT_NEGATIVE_ZERO,
    FLOAT_POSITIVE_ZERO,
    FLOAT_POSITIVE_SUBNORMAL,
    FLOAT_POSITIVE_NORMAL,
    FLOAT_POSITIVE_INFINITY,
    FLOAT_SIGNALING_NAN,
    FLOAT_QUIET_NAN,
};

/* Returns the canonical NaN of a format. */
uint64_t float_nan(const struct float_format *format);

/* Returns the sign bit of a format. */
uint64_t float_sign(const struct float_format *format);

/* Returns a * b + c, rounded once. */
uint64_t float_multiply_add(const struct float_format *format, uint64_t a, uint64_t b, uint64_t c,
                            struct float_status *status);

/* Returns a + b. */
uint64_t float_add(const struct float_format *format, uint64_t a, uint64_t b,
                   struct float_status *status);

/* Returns a * b. */
uint64_t float_multiply(const struct float_format *format, uint64_t a, uint64_t b,
                        struct float_status *status);

/* Returns a / b. */
uint64_t float_divide(const struct float_format *format, uint64_t a, uint64_t b,
                      struct float_status *status);

/* Returns the square root of a. */
uint64_t float_square_root(const struct float_format *format, uint64_t a,
                           struct float_status *status);

/* Converts a between two formats. */
uint64_t float_convert(const struct float_format *from, const struct float_format *to, uint64_t a,
                       struct float_status *status);

/* Returns a as an integer. If it does not fit, raises NV and returns the nearest (table 11.4). */
uint64_t float_to_integer(const struct float_format *format, uint64_t a, struct float_integer type,
                          struct float_status *status);

/* Returns the integer value as a floating-point number. */
uint64_t float_from_integer(const struct float_format *format, uint64_t value,
                            struct float_integer type, struct float_status *status);

/* Returns whether the relation holds for a and b. With a NaN it is false, and raises NV if the NaN
 * is signaling or the relation is not FLOAT_EQUAL. */
bool float_compare(const struct float_format *format, uint64_t a, uint64_t b,
                   enum float_relation relation, struct float_status *status);

/* Returns the smaller of a and b, or with maximum the larger. -0 is less than +0. If one is a NaN,
 * returns the other. */
uint64_t float_minimum(const struct float_format *format, uint64_t a, uint64_t b, bool maximum,
                       struct float_status *status);

/* Returns the class of a. */
enum float_class float_classify(const struct float_format *format, uint64_t a);

#endif
