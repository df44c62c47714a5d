/* SPDX-License-Identifier: MIT */
/* SHA-256 (FIPS 180-4) of 2 KiB: rotations, and words in the other byte order. */
#include "mix.h"

#define SIZE 2048

__extension__ typedef unsigned __int128 uint128;

static uint32_t constants[64];
static uint8_t message[SIZE];

/* The first 32 bits of the fraction of n's cube root. */
static uint32_t fraction_of_root(uint32_t n)
{
    uint64_t root = 0; /* with 32 bits after the point */

    for (int bit = 34; bit >= 0; bit--) {
        uint64_t more = root | 1ull << bit;

        if ((uint128)more * more * more >> 96 < n)
            root = more;
    }
    return (uint32_t)root;
}

static void make_constants(void)
{
    unsigned count = 0;

    for (uint32_t n = 2; count < 64; n++) {
        bool prime = true;

        for (uint32_t d = 2; d * d <= n; d++)
            prime = prime && n % d != 0;
        if (prime)
            constants[count++] = fraction_of_root(n);
    }
}

static uint32_t rotate(uint32_t x, unsigned by)
{
    return x >> by | x << (32 - by);
}

static void hash_block(uint32_t *state, const uint8_t *block)
{
    uint32_t w[64], s[8];

    for (unsigned i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (unsigned i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];

        w[i] = w[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[i - 7] +
               (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
    memcpy(s, state, sizeof(s));
    for (unsigned i = 0; i < 64; i++) {
        uint32_t t1 = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) +
                      ((s[4] & s[5]) ^ (~s[4] & s[6])) + constants[i] + w[i];
        uint32_t t2 = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) +
                      ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));

        for (unsigned j = 7; j > 0; j--)
            s[j] = s[j - 1];
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (unsigned i = 0; i < 8; i++)
        state[i] += s[i];
}

static uint32_t work(uint32_t seed)
{
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

    if (constants[0] == 0)
        make_constants();
    for (unsigned i = 0; i < SIZE; i++)
        message[i] = (uint8_t)(seed + i * i);
    for (unsigned at = 0; at < SIZE; at += 64)
        hash_block(state, message + at);
    return state[0] ^ state[7];
}
