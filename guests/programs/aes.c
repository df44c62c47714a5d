/* SPDX-License-Identifier: MIT */
/*
 * Encrypts blocks of 16 bytes by AES (FIPS 197), or decrypts them. The key has 128, 192 or 256
 * bits; key and blocks are hexadecimal, one block a line. Look for: no table, the S-box is
 * computed. So it is slow, and its time does not depend on the key only where C's operations take
 * the same time always.
 *
 *   echo 00112233445566778899aabbccddeeff | labvisor aes.elf encrypt
 * 000102030405060708090a0b0c0d0e0f
 */
#include <stdio.h>
#include <string.h>

enum { BLOCK = 16, KEY_MAX = 32, ROUNDS_MAX = 14 };

static unsigned char sbox[256], inverse[256];
static unsigned char round_keys[ROUNDS_MAX + 1][BLOCK];
static int rounds;

/* Products in the field GF(2^8) (section 4.2): of polynomials, modulo x^8 + x^4 + x^3 + x + 1. */
static unsigned char multiply(unsigned a, unsigned b)
{
    unsigned product = 0;

    for (; b; b >>= 1) {
        if (b & 1)
            product ^= a;
        a = a << 1 ^ (a & 0x80 ? 0x11B : 0);
    }
    return (unsigned char)product;
}

static unsigned rotate(unsigned byte, int by)
{
    return byte << by | byte >> (8 - by);
}

/* Section 5.1.1. 3 generates the field: 3^n and 3^-n go through all its elements and their
 * inverses; 0xF6 is 1/3. */
static void make_sbox(void)
{
    unsigned char x = 1, y = 1;

    do {
        x = multiply(x, 3);
        y = multiply(y, 0xF6);
        sbox[x] =
            (unsigned char)(y ^ rotate(y, 1) ^ rotate(y, 2) ^ rotate(y, 3) ^ rotate(y, 4) ^ 0x63);
    } while (x != 1);
    sbox[0] = 0x63; /* 0 has no inverse */
    for (int i = 0; i < 256; i++)
        inverse[sbox[i]] = (unsigned char)i;
}

/* Section 5.2. The round keys are words of 4 bytes: each is the one a key's length before, plus the
 * last one, which is changed at the beginning of a key's length. */
static void expand(const unsigned char *key, int words)
{
    unsigned char *keys = round_keys[0], power = 1;

    rounds = words + 6;
    memcpy(keys, key, (size_t)words * 4);
    for (int i = words; i < (rounds + 1) * 4; i++) {
        unsigned char t[4];

        memcpy(t, keys + (i - 1) * 4, 4);
        if (i % words == 0) {
            unsigned char first = t[0];

            t[0] = sbox[t[1]] ^ power;
            t[1] = sbox[t[2]];
            t[2] = sbox[t[3]];
            t[3] = sbox[first];
            power = multiply(power, 2);
        } else if (words > 6 && i % words == 4) {
            for (int j = 0; j < 4; j++)
                t[j] = sbox[t[j]];
        }
        for (int j = 0; j < 4; j++)
            keys[i * 4 + j] = keys[(i - words) * 4 + j] ^ t[j];
    }
}

static void add_round_key(unsigned char *s, int round)
{
    for (int i = 0; i < BLOCK; i++)
        s[i] ^= round_keys[round][i];
}

/* SubBytes and ShiftRows: row r of the 4 x 4 bytes, which lie by columns, turns by r columns to the
 * left; `step` is 1. Their inverses: to the right, -1. */
static void substitute_and_shift(unsigned char *s, const unsigned char *box, int step)
{
    unsigned char old[BLOCK];

    memcpy(old, s, BLOCK);
    for (int i = 0; i < BLOCK; i++)
        s[i] = box[old[(i + 4 * step * (i % 4) + BLOCK) % BLOCK]];
}

/* MixColumns, and its inverse: each column times a polynomial, whose coefficients are in `by`. */
static void mix_columns(unsigned char *s, const unsigned char *by)
{
    for (unsigned char *column = s; column < s + BLOCK; column += 4) {
        unsigned char old[4];

        memcpy(old, column, 4);
        for (int i = 0; i < 4; i++) {
            column[i] = 0;
            for (int j = 0; j < 4; j++)
                column[i] ^= multiply(old[j], by[(j - i + 4) % 4]);
        }
    }
}

/* Section 5.1. */
static void encrypt(unsigned char *s)
{
    static const unsigned char by[4] = {2, 3, 1, 1};

    add_round_key(s, 0);
    for (int round = 1; round <= rounds; round++) {
        substitute_and_shift(s, sbox, 1);
        if (round < rounds)
            mix_columns(s, by);
        add_round_key(s, round);
    }
}

/* Section 5.3: the same steps, backwards. */
static void decrypt(unsigned char *s)
{
    static const unsigned char by[4] = {14, 11, 13, 9};

    for (int round = rounds; round >= 1; round--) {
        add_round_key(s, round);
        if (round < rounds)
            mix_columns(s, by);
        substitute_and_shift(s, inverse, -1);
    }
    add_round_key(s, 0);
}

/* Returns how many bytes a line of hexadecimal digits has, at most `most`; -1 if it is no such
 * line. */
static int from_hex(const char *line, unsigned char *bytes, int most)
{
    static const char digits[] = "0123456789abcdef";
    size_t length = strcspn(line, "\n");

    if (strspn(line, digits) != length || length % 2 || length / 2 > (size_t)most)
        return -1;
    for (size_t i = 0; i < length; i++)
        bytes[i / 2] = (unsigned char)(bytes[i / 2] << 4 | (strchr(digits, line[i]) - digits));
    return (int)(length / 2);
}

int main(int argc, char **argv)
{
    unsigned char key[KEY_MAX], block[BLOCK];
    char line[100];
    int bytes = argc == 3 ? from_hex(argv[2], key, KEY_MAX) : -1;
    int back = argc == 3 && strcmp(argv[1], "decrypt") == 0;

    if ((bytes != 16 && bytes != 24 && bytes != 32) || (!back && strcmp(argv[1], "encrypt") != 0)) {
        printf("aes: give encrypt or decrypt, and a key of 32, 48 or 64 hexadecimal digits\n");
        return 2;
    }
    make_sbox();
    expand(key, bytes / 4);
    while (fgets(line, sizeof(line), stdin)) {
        if (from_hex(line, block, BLOCK) != BLOCK) {
            printf("aes: 32 hexadecimal digits expected: %s", line);
            return 1;
        }
        (back ? decrypt : encrypt)(block);
        for (int i = 0; i < BLOCK; i++)
            printf("%02x", block[i]);
        printf("\n");
    }
    return 0;
}
