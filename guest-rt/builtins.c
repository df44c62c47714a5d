/* SPDX-License-Identifier: MIT */
/*
 * Functions that compilers call for what a machine has no instruction for: to count bits, to swap
 * bytes, to divide numbers of 128 bits. Their names and types are those of GCC's "libgcc" manual,
 * 1 and 4. libgcc itself is no choice: on x86 it uses the red zone, which a trap overwrites, and
 * clang for RISC-V comes without one.
 */
#include <stdint.h>

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

/* The compiler declares functions of these names itself, with types that differ by machine. */
#define NAMED(name) __asm__(#name)

int count_bits(uint64_t x) NAMED(__popcountdi2);
int parity(uint64_t x) NAMED(__paritydi2);
int count_leading_zeros(uint64_t x) NAMED(__clzdi2);
int count_trailing_zeros(uint64_t x) NAMED(__ctzdi2);
int find_first_set(uint64_t x) NAMED(__ffsdi2);
uint32_t swap_4_bytes(uint32_t x) NAMED(__bswapsi2);
uint64_t swap_8_bytes(uint64_t x) NAMED(__bswapdi2);
uint128 divide(uint128 n, uint128 by, uint128 *rest) NAMED(__udivmodti4);
uint128 quotient(uint128 n, uint128 by) NAMED(__udivti3);
uint128 remainder(uint128 n, uint128 by) NAMED(__umodti3);
uint128 shift_left(uint128 n, int by) NAMED(__ashlti3);
uint128 shift_right(uint128 n, int by) NAMED(__lshrti3);
int128 shift_right_signed(int128 n, int by) NAMED(__ashrti3);
int128 signed_quotient(int128 n, int128 by) NAMED(__divti3);
int128 signed_remainder(int128 n, int128 by) NAMED(__modti3);

/* Sums neighbours: of 1 bit, of 2 bits, of 4; the product sums the bytes in its highest byte. */
int count_bits(uint64_t x)
{
    x -= x >> 1 & 0x5555555555555555;
    x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return (int)(x * 0x0101010101010101 >> 56);
}

int parity(uint64_t x)
{
    return count_bits(x) & 1;
}

int count_leading_zeros(uint64_t x)
{
    int zeros = 0;

    for (int half = 32; half > 0; half /= 2)
        if (x >> (64 - half) == 0) {
            zeros += half;
            x <<= half;
        }
    return zeros;
}

int count_trailing_zeros(uint64_t x)
{
    return count_bits(~x & (x - 1)); /* the bits below the lowest 1 */
}

int find_first_set(uint64_t x)
{
    return x ? count_trailing_zeros(x) + 1 : 0;
}

uint32_t swap_4_bytes(uint32_t x)
{
    return (uint32_t)(swap_8_bytes(x) >> 32);
}

uint64_t swap_8_bytes(uint64_t x)
{
    x = (x & 0x00ff00ff00ff00ff) << 8 | (x >> 8 & 0x00ff00ff00ff00ff);
    x = (x & 0x0000ffff0000ffff) << 16 | (x >> 16 & 0x0000ffff0000ffff);
    return x << 32 | x >> 32;
}

/* Puts the halves of a number together. */
static uint128 of_halves(uint64_t high, uint64_t low)
{
    return (uint128)high << 64 | low;
}

uint128 shift_left(uint128 n, int by)
{
    uint64_t high = (uint64_t)(n >> 64), low = (uint64_t)n;

    if (by >= 64)
        return of_halves(low << (by - 64), 0);
    return by ? of_halves(high << by | low >> (64 - by), low << by) : n;
}

uint128 shift_right(uint128 n, int by)
{
    uint64_t high = (uint64_t)(n >> 64), low = (uint64_t)n;

    if (by >= 64)
        return of_halves(0, high >> (by - 64));
    return by ? of_halves(high >> by, low >> by | high << (64 - by)) : n;
}

int128 shift_right_signed(int128 n, int by)
{
    return n < 0 ? (int128)~shift_right(~(uint128)n, by) : (int128)shift_right((uint128)n, by);
}

static int leading_zeros(uint128 n)
{
    uint64_t high = (uint64_t)(n >> 64);

    return high ? count_leading_zeros(high) : 64 + count_leading_zeros((uint64_t)n);
}

/* Divides as on paper, one binary digit at a time. The caller has excluded 0. */
static uint128 divide_long(uint128 n, uint128 by, uint128 *rest)
{
    uint128 result = 0;

    for (int shift = leading_zeros(by) - leading_zeros(n); shift >= 0; shift--) {
        result <<= 1;
        if (n >= by << shift) {
            n -= by << shift;
            result |= 1;
        }
    }
    *rest = n;
    return result;
}

uint128 divide(uint128 n, uint128 by, uint128 *rest)
{
    uint128 result, left;

    if (by >> 64 == 0 &&
        (n >> 64 == 0 || by == 0)) { /* one instruction, also for what a division by 0 does */
        result = (uint64_t)n / (uint64_t)by;
        left = (uint64_t)n % (uint64_t)by;
    } else {
        result = divide_long(n, by, &left);
    }
    if (rest)
        *rest = left;
    return result;
}

uint128 quotient(uint128 n, uint128 by)
{
    return divide(n, by, 0);
}

uint128 remainder(uint128 n, uint128 by)
{
    uint128 rest;

    divide(n, by, &rest);
    return rest;
}

static uint128 magnitude(int128 n)
{
    return n < 0 ? -(uint128)n : (uint128)n;
}

int128 signed_quotient(int128 n, int128 by)
{
    uint128 result = quotient(magnitude(n), magnitude(by));

    return (int128)((n < 0) != (by < 0) ? -result : result);
}

int128 signed_remainder(int128 n, int128 by)
{
    uint128 rest = remainder(magnitude(n), magnitude(by));

    return (int128)(n < 0 ? -rest : rest);
}
