/* SPDX-License-Identifier: MIT */
/* CRC-32 by a table over 4 KiB, CRC-64 bit by bit over 256 bytes, and Adler-32. */
#include "mix.h"

#define SIZE 4096

static uint32_t table[256];
static uint8_t data[SIZE];

static void make_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t x = i;

        for (unsigned bit = 0; bit < 8; bit++)
            x = x >> 1 ^ (x & 1 ? 0xedb88320 : 0);
        table[i] = x;
    }
}

static uint32_t crc32(const uint8_t *at, size_t size)
{
    uint32_t x = UINT32_MAX;

    for (; size > 0; size--)
        x = x >> 8 ^ table[(x ^ *at++) & 0xff];
    return ~x;
}

static uint64_t crc64(const uint8_t *at, size_t size)
{
    uint64_t x = UINT64_MAX;

    for (; size > 0; size--) {
        x ^= *at++;
        for (unsigned bit = 0; bit < 8; bit++)
            x = x >> 1 ^ (0xc96c5795d7870f42 & -(x & 1));
    }
    return ~x;
}

static uint32_t adler32(const uint8_t *at, size_t size)
{
    uint32_t a = 1, b = 0;

    for (; size > 0; size--) {
        a = (a + *at++) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

static uint32_t work(uint32_t seed)
{
    uint64_t slow;

    if (table[1] == 0)
        make_table();
    for (unsigned i = 0; i < SIZE; i++)
        data[i] = (uint8_t)((seed >> i % 24) + i);
    slow = crc64(data, SIZE / 16);
    return mix(mix(crc32(data, SIZE), (uint32_t)(slow >> 32 ^ slow)), adler32(data, SIZE / 4));
}
