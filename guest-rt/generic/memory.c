/* SPDX-License-Identifier: MIT */
/*
 * memcpy, memmove, memset, memcmp, memchr and strlen, for an architecture without its own. They
 * take eight bytes at a time. A word that they load or store may lie at any address: RISC-V's
 * profiles (RVA20 and later) have such accesses for main memory.
 */
#include <stdint.h>
#include <string.h>

typedef uint64_t __attribute__((may_alias)) word;

#define WORD  sizeof(word)
#define BLOCK (8 * WORD) /* one round of the loops for many bytes */

#define ONES  0x0101010101010101u /* each byte 1 */
#define HIGHS 0x8080808080808080u /* the highest bit of each byte */

/* For sanitizers: words are read at any address, and by strlen after the end of its string. */
#define ANY_ADDRESS __attribute__((no_sanitize("address", "alignment")))

/* Keeps the compiler from recognising a loop that counts n down as, say, memcpy, and calling that:
 * an endless recursion. */
#define OPAQUE(n) __asm__ volatile("" : "+r"(n))

/* Copies bytes upwards. d is not inside [s, s + n), except for s itself. Each word is loaded before
 * one that overlaps it is stored, also the last one. */
ANY_ADDRESS static inline void copy_up(unsigned char *d, const unsigned char *s, size_t n)
{
    if (n < WORD) {
        for (; n > 0; d++, s++, n--) {
            *d = *s;
            OPAQUE(n);
        }
        return;
    }
    word last = *(const word *)(s + n - WORD);
    for (; n >= BLOCK; d += BLOCK, s += BLOCK, n -= BLOCK) {
        word *to = (word *)d;
        const word *from = (const word *)s;

        to[0] = from[0];
        to[1] = from[1];
        to[2] = from[2];
        to[3] = from[3];
        to[4] = from[4];
        to[5] = from[5];
        to[6] = from[6];
        to[7] = from[7];
        OPAQUE(n);
    }
    if (n == 0)
        return;
    for (; n > WORD; d += WORD, s += WORD, n -= WORD) {
        *(word *)d = *(const word *)s;
        OPAQUE(n);
    }
    *(word *)(d + n - WORD) = last;
}

/* Copies bytes downwards. s is not inside [d, d + n). */
ANY_ADDRESS static inline void copy_down(unsigned char *d, const unsigned char *s, size_t n)
{
    if (n < WORD) {
        while (n-- > 0) {
            d[n] = s[n];
            OPAQUE(n);
        }
        return;
    }
    word first = *(const word *)s;
    for (; n > WORD; n -= WORD) {
        *(word *)(d + n - WORD) = *(const word *)(s + n - WORD);
        OPAQUE(n);
    }
    *(word *)d = first;
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
    copy_up(dst, src, n);
    return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
    if ((uintptr_t)dst - (uintptr_t)src < n)
        copy_down(dst, src, n);
    else
        copy_up(dst, src, n);
    return dst;
}

ANY_ADDRESS void *memset(void *dst, int c, size_t n)
{
    unsigned char *d = dst;
    word pattern = (unsigned char)c * ONES;

    if (n < WORD) {
        for (; n > 0; d++, n--) {
            *d = (unsigned char)c;
            OPAQUE(n);
        }
        return dst;
    }
    for (; n >= BLOCK; d += BLOCK, n -= BLOCK) {
        word *to = (word *)d;

        to[0] = to[1] = to[2] = to[3] = to[4] = to[5] = to[6] = to[7] = pattern;
        OPAQUE(n);
    }
    if (n == 0)
        return dst;
    for (; n > WORD; d += WORD, n -= WORD) {
        *(word *)d = pattern;
        OPAQUE(n);
    }
    *(word *)(d + n - WORD) = pattern; /* may overlap the word before it */
    return dst;
}

ANY_ADDRESS int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *p = a, *q = b;

    for (; n >= 2 * WORD; p += 2 * WORD, q += 2 * WORD, n -= 2 * WORD) {
        const word *v = (const word *)p, *w = (const word *)q;

        if (v[0] != w[0] || v[1] != w[1])
            break;
    }
    if (n >= WORD && *(const word *)p == *(const word *)q) {
        p += WORD;
        q += WORD;
        n -= WORD;
    }
    for (; n > 0; p++, q++, n--) {
        if (*p != *q)
            return *p - *q;
    }
    return 0;
}

void *memchr(const void *s, int c, size_t n)
{
    for (const unsigned char *p = s; n > 0; p++, n--) {
        if (*p == (unsigned char)c)
            return (void *)p;
    }
    return NULL;
}

/* Returns a word that is 0 if no byte of w is. */
static inline word zeros(word w)
{
    return (w - ONES) & ~w & HIGHS;
}

/* The words lie at addresses that WORD divides, and blocks of four alike: no page ends inside one.
 * A block is first looked at without the ~w of zeros(): that also finds bytes above 0x80. */
ANY_ADDRESS size_t strlen(const char *s)
{
    const word *w = (const word *)((uintptr_t)s & -WORD);
    word before = ((word)1 << (uintptr_t)s % WORD * 8) - 1, bytes = *w | before;

    while (!zeros(bytes)) {
        w++;
        if ((uintptr_t)w % (4 * WORD) == 0)
            while (!(((w[0] - ONES) | (w[1] - ONES) | (w[2] - ONES) | (w[3] - ONES)) & HIGHS))
                w += 4;
        bytes = *w;
    }
    const char *p = (const char *)w < s ? s : (const char *)w;
    while (*p)
        p++;
    return (size_t)(p - s);
}
