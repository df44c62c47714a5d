/* SPDX-License-Identifier: MIT */
/* AES-128 (FIPS 197) in counter mode over 1 KiB, byte by byte: loads of bytes from tables. */
#include "mix.h"

#define ROUNDS 10
#define SIZE   1024

static uint8_t s_box[256], keys[ROUNDS + 1][16], data[SIZE];

static uint8_t twice(uint8_t x)
{
    return (uint8_t)(x << 1 ^ (x >> 7) * 0x1b);
}

/* Walks through the field by a generator and its inverse. */
static void make_s_box(void)
{
    uint8_t p = 1, q = 1;

    do {
        uint8_t x;

        p ^= twice(p);          /* times 3 */
        q ^= (uint8_t)(q << 1); /* divided by 3 */
        q ^= (uint8_t)(q << 2);
        q ^= (uint8_t)(q << 4);
        q ^= (q >> 7) * 0x09;
        x = 0x63 ^ q;
        for (unsigned i = 1; i < 5; i++)
            x ^= (uint8_t)(q << i | q >> (8 - i));
        s_box[p] = x;
    } while (p != 1);
    s_box[0] = 0x63;
}

static void make_keys(const uint8_t *key)
{
    uint8_t *at = keys[1], constant = 1;

    memcpy(keys[0], key, 16);
    for (unsigned i = 16; i < sizeof(keys); i++, at++) {
        uint8_t x = at[-4];

        if (i % 16 < 4)
            x = s_box[at[i % 4 == 3 ? -7 : -3]] ^ (i % 4 == 0 ? constant : 0);
        if (i % 16 == 0)
            constant = twice(constant);
        *at = at[-16] ^ x;
    }
}

static void mix_column(uint8_t *c)
{
    uint8_t all = c[0] ^ c[1] ^ c[2] ^ c[3], first = c[0];

    for (unsigned i = 0; i < 4; i++)
        c[i] ^= all ^ twice(c[i] ^ (i < 3 ? c[i + 1] : first));
}

static void encrypt(uint8_t *block)
{
    for (unsigned i = 0; i < 16; i++)
        block[i] ^= keys[0][i];
    for (unsigned round = 1; round <= ROUNDS; round++) {
        uint8_t old[16];

        memcpy(old, block, 16);
        for (unsigned i = 0; i < 16; i++)
            block[i] = s_box[old[(i + i % 4 * 4) % 16]];
        for (unsigned i = 0; i < 16 && round < ROUNDS; i += 4)
            mix_column(block + i);
        for (unsigned i = 0; i < 16; i++)
            block[i] ^= keys[round][i];
    }
}

static uint32_t work(uint32_t seed)
{
    uint8_t key[16];
    uint32_t sum = seed;

    if (s_box[0] == 0)
        make_s_box();
    for (unsigned i = 0; i < 16; i++)
        key[i] = (uint8_t)next_random(&seed);
    make_keys(key);
    for (unsigned at = 0; at < SIZE; at += 16) {
        uint8_t block[16] = {(uint8_t)(at / 16), (uint8_t)(at / 16 >> 8)};

        encrypt(block);
        for (unsigned i = 0; i < 16; i++)
            data[at + i] ^= block[i];
    }
    for (unsigned at = 0; at < SIZE; at++)
        sum = mix(sum, data[at]);
    return sum;
}
