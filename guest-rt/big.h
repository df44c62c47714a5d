/* SPDX-License-Identifier: MIT */
/*
 * Large whole numbers in decimal: nine digits a word, the lowest first. Each double is such a
 * number after it is multiplied by a power of 10, so printf and strtod calculate exactly.
 */
#ifndef GUEST_BIG_H
#define GUEST_BIG_H

#include <stdbool.h>
#include <stdint.h>

#define BIG_DIGITS 9
#define BIG_BASE   1000000000u

/* One of the caller's arrays. It has room for the largest number that the caller makes. */
struct big {
    uint32_t *words;
    int count; /* of words; the highest is not 0, and 0 itself has none */
};

/* Multiplies by `by`, and adds `more`. */
void big_multiply(struct big *big, uint32_t by, uint32_t more);

/* Multiplies by 2^count. */
void big_shift_left(struct big *big, int count);

/* Divides by 2^count. Returns whether that leaves a remainder. */
bool big_shift_right(struct big *big, int count);

/* Returns the number of decimal digits; 0 has none. */
int big_digits(const struct big *big);

/* Returns the digit at a place: 0 is that of ones. Outside of the number there are zeros. */
unsigned big_digit(const struct big *big, int place);

/* Returns whether a digit below a place is not 0. */
bool big_has_below(const struct big *big, int place);

/* Rounds to a multiple of 10^place, to the nearest one; if two are as near, to the even one. */
void big_round(struct big *big, int place);

#endif
