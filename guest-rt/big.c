/* SPDX-License-Identifier: MIT */
#include "big.h"

static const uint32_t powers[BIG_DIGITS] = {1,      10,      100,      1000,     10000,
                                            100000, 1000000, 10000000, 100000000};

void big_multiply(struct big *big, uint32_t by, uint32_t more)
{
    uint64_t carry = more;

    for (int i = 0; i < big->count; i++) {
        carry += (uint64_t)big->words[i] * by;
        big->words[i] = (uint32_t)(carry % BIG_BASE);
        carry /= BIG_BASE;
    }
    for (; carry; carry /= BIG_BASE)
        big->words[big->count++] = (uint32_t)(carry % BIG_BASE);
}

void big_shift_left(struct big *big, int count)
{
    for (; count > 31; count -= 31)
        big_multiply(big, 1u << 31, 0);
    big_multiply(big, 1u << count, 0);
}

static void drop_zero_words(struct big *big)
{
    while (big->count > 0 && big->words[big->count - 1] == 0)
        big->count--;
}

bool big_shift_right(struct big *big, int count)
{
    uint64_t remainder = 0;
    bool inexact = false;

    while (count > 0) {
        int step = count < 32 ? count : 32;

        remainder = 0;
        for (int i = big->count - 1; i >= 0; i--) {
            remainder = remainder * BIG_BASE + big->words[i];
            big->words[i] = (uint32_t)(remainder >> step);
            remainder &= (1ull << step) - 1;
        }
        drop_zero_words(big);
        inexact |= remainder != 0;
        count -= step;
    }
    return inexact;
}

int big_digits(const struct big *big)
{
    int digits = (big->count - 1) * BIG_DIGITS;

    if (big->count == 0)
        return 0;
    for (uint32_t rest = big->words[big->count - 1]; rest; rest /= 10)
        digits++;
    return digits;
}

unsigned big_digit(const struct big *big, int place)
{
    if (place < 0 || place / BIG_DIGITS >= big->count)
        return 0;
    return big->words[place / BIG_DIGITS] / powers[place % BIG_DIGITS] % 10;
}

bool big_has_below(const struct big *big, int place)
{
    int word = place / BIG_DIGITS;

    if (place <= 0)
        return false;
    if (word >= big->count)
        return big->count > 0;
    for (int i = 0; i < word; i++)
        if (big->words[i])
            return true;
    return big->words[word] % powers[place % BIG_DIGITS] != 0;
}

/* Clears the digits below a place that is in the number. */
static void clear_below(struct big *big, int place)
{
    uint32_t *word = &big->words[place / BIG_DIGITS];

    for (int i = 0; i < place / BIG_DIGITS; i++)
        big->words[i] = 0;
    *word -= *word % powers[place % BIG_DIGITS];
}

/* Adds 10^place, for a place that is in the number. */
static void add_at(struct big *big, int place)
{
    int i = place / BIG_DIGITS;

    big->words[i] += powers[place % BIG_DIGITS];
    for (; big->words[i] >= BIG_BASE; i++) {
        big->words[i] -= BIG_BASE;
        if (i + 1 == big->count)
            big->words[big->count++] = 0;
        big->words[i + 1]++;
    }
}

void big_round(struct big *big, int place)
{
    unsigned next = big_digit(big, place - 1);
    bool up =
        next > 5 || (next == 5 && (big_has_below(big, place - 1) || big_digit(big, place) % 2));

    if (place <= 0)
        return;
    for (; place / BIG_DIGITS >= big->count && place <= big_digits(big); big->count++)
        big->words[big->count] = 0; /* a digit that the number does not have yet */
    if (place / BIG_DIGITS >= big->count) {
        big->count = 0; /* less than half of 10^place */
        return;
    }
    clear_below(big, place);
    if (up)
        add_at(big, place);
    drop_zero_words(big);
}
