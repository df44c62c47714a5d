/* SPDX-License-Identifier: MIT */
/*
 * memcpy, memmove, memset, memchr and strlen, for an architecture without its own.
 */
#include <stdint.h>
#include <string.h>

/* Keeps the compiler from recognising a loop as, say, memcpy, and calling that: an endless
 * recursion. */
#define OPAQUE() __asm__ volatile("")

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
    return memmove(dst, src, n);
}

void *memmove(void *dst, const void *src, size_t n)
{
    unsigned char *d = dst;
    const unsigned char *s = src;

    if ((uintptr_t)d - (uintptr_t)s < n) { /* d lies inside s: copy from the end */
        while (n-- > 0) {
            d[n] = s[n];
            OPAQUE();
        }
        return dst;
    }
    for (size_t i = 0; i < n; i++) {
        d[i] = s[i];
        OPAQUE();
    }
    return dst;
}

void *memset(void *dst, int c, size_t n)
{
    unsigned char *d = dst;

    for (size_t i = 0; i < n; i++) {
        d[i] = (unsigned char)c;
        OPAQUE();
    }
    return dst;
}

void *memchr(const void *s, int c, size_t n)
{
    for (const unsigned char *p = s; n > 0; p++, n--) {
        if (*p == (unsigned char)c)
            return (void *)p;
    }
    return NULL;
}

size_t strlen(const char *s)
{
    const char *p = s;

    while (*p) {
        OPAQUE();
        p++;
    }
    return (size_t)(p - s);
}
