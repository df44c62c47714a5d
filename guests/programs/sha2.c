/* SPDX-License-Identifier: MIT */
/*
 * Prints the SHA-2 digest of its input (FIPS 180-4). Look for: SHA-256 and SHA-512 are one
 * function, compress; they differ in the width of a word, and in how far it rotates.
 *
 *   printf abc | labvisor sha2.elf 256      or 224, 384, 512
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Section 4.2.3: the first 64 bits of the fractional parts of the cube roots of the first 80
 * primes. SHA-256 takes the first 32 bits of the first 64 (4.2.2). */
static const uint64_t constants[80] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};

/* The start values are those of the first eight primes' square roots (5.3.3, 5.3.5); SHA-384's are
 * the next eight primes', and SHA-224 has the second halves of those. */
static const uint64_t first_primes[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};
static const uint64_t next_primes[8] = {
    0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
    0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4,
};

/* Section 4.1: how far the words turn, right, in the functions Sigma0, Sigma1, sigma0, sigma1. The
 * last one of a sigma is a shift. */
struct variant {
    unsigned bits, rounds; /* of a word; of a block */
    unsigned char turns[4][3];
};
static const struct variant narrow = {32, 64, {{2, 13, 22}, {6, 11, 25}, {7, 18, 3}, {17, 19, 10}}};
static const struct variant wide = {64, 80, {{28, 34, 39}, {14, 18, 41}, {1, 8, 7}, {19, 61, 6}}};

struct sha2 {
    const struct variant *variant;
    uint64_t hash[8];
    unsigned char block[128];
};

static uint64_t rotate(uint64_t x, unsigned by, unsigned bits)
{
    uint64_t turned = x >> by | x << (bits - by);

    return bits == 64 ? turned : (uint32_t)turned;
}

static uint64_t big_sigma(const struct variant *v, int which, uint64_t x)
{
    const unsigned char *by = v->turns[which];

    return rotate(x, by[0], v->bits) ^ rotate(x, by[1], v->bits) ^ rotate(x, by[2], v->bits);
}

static uint64_t small_sigma(const struct variant *v, int which, uint64_t x)
{
    const unsigned char *by = v->turns[2 + which];

    return rotate(x, by[0], v->bits) ^ rotate(x, by[1], v->bits) ^ x >> by[2];
}

/* Sections 6.2.2 and 6.4.2. Words of 32 bits are in the lower halves; sums may carry into the upper
 * ones, so they are cut. */
static void compress(struct sha2 *s)
{
    const struct variant *v = s->variant;
    uint64_t w[80], h[8], mask = v->bits == 64 ? UINT64_MAX : UINT32_MAX;

    for (unsigned t = 0; t < v->rounds; t++) {
        w[t] = 0;
        if (t >= 16)
            w[t] = (small_sigma(v, 1, w[t - 2]) + w[t - 7] + small_sigma(v, 0, w[t - 15]) +
                    w[t - 16]) &
                   mask;
        else
            for (unsigned i = 0; i < v->bits / 8; i++)
                w[t] = w[t] << 8 | s->block[t * v->bits / 8 + i];
    }
    memcpy(h, s->hash, sizeof(h));
    for (unsigned t = 0; t < v->rounds; t++) {
        uint64_t choice = (h[4] & h[5]) ^ (~h[4] & h[6]);
        uint64_t majority = (h[0] & h[1]) ^ (h[0] & h[2]) ^ (h[1] & h[2]);
        uint64_t k = constants[t] >> (64 - v->bits);
        uint64_t t1 = h[7] + big_sigma(v, 1, h[4]) + choice + k + w[t];
        uint64_t t2 = big_sigma(v, 0, h[0]) + majority;

        memmove(h + 1, h, 7 * sizeof(h[0]));
        h[4] = (h[4] + t1) & mask;
        h[0] = (t1 + t2) & mask;
    }
    for (int i = 0; i < 8; i++)
        s->hash[i] = (s->hash[i] + h[i]) & mask;
}

static void begin(struct sha2 *s, unsigned bits)
{
    s->variant = bits > 256 ? &wide : &narrow;
    memcpy(s->hash, bits == 512 || bits == 256 ? first_primes : next_primes, sizeof(s->hash));
    for (int i = 0; i < 8; i++) {
        if (bits == 256)
            s->hash[i] >>= 32;
        if (bits == 224)
            s->hash[i] &= UINT32_MAX;
    }
}

/* Hashes stdin. Section 5.1: after the last byte come a bit 1, zeros, and in the block's last
 * eighth the number of bits. */
static void hash_input(struct sha2 *s)
{
    size_t size = s->variant->bits * 2, length, total = 0;

    while ((length = fread(s->block, 1, size, stdin)) == size) {
        total += length;
        compress(s);
    }
    total += length;
    s->block[length++] = 0x80;
    memset(s->block + length, 0, size - length);
    if (length > size - size / 8) {
        compress(s);
        memset(s->block, 0, size);
    }
    for (unsigned i = 0; i < 8; i++)
        s->block[size - 1 - i] = (unsigned char)((uint64_t)total * 8 >> 8 * i);
    compress(s);
}

int main(int argc, char **argv)
{
    unsigned bits = argc > 1 ? (unsigned)atoi(argv[1]) : 256;
    struct sha2 s;

    if (bits != 224 && bits != 256 && bits != 384 && bits != 512) {
        printf("sha2: %s: 224, 256, 384 or 512 expected\n", argv[1]);
        return 2;
    }
    begin(&s, bits);
    hash_input(&s);
    for (unsigned i = 0; i < bits / 8; i++) {
        unsigned bytes = s.variant->bits / 8;

        printf("%02x", (unsigned)(s.hash[i / bytes] >> 8 * (bytes - 1 - i % bytes)) & 0xFF);
    }
    printf("\n");
    return 0;
}
