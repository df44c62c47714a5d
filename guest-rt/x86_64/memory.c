/* SPDX-License-Identifier: MIT */
/*
 * memcpy, memmove, memset, memcmp, memchr and strlen by string instructions. One instruction each
 * is fast where a hypervisor emulates every instruction.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
    void *d = dst;

    __asm__ volatile("rep movsb" : "+D"(d), "+S"(src), "+c"(n) : : "memory");
    return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
    unsigned char *d = dst;
    const unsigned char *s = src;

    if ((uintptr_t)d - (uintptr_t)s >= n) /* d is before s, or after its end */
        return memcpy(dst, src, n);
    /* No "std; rep movsb": an interrupt handler would start with the direction flag set. */
    while (n-- > 0) {
        d[n] = s[n];
        __asm__ volatile(""); /* keeps the compiler from recognising a memmove, and calling it */
    }
    return dst;
}

void *memset(void *dst, int c, size_t n)
{
    void *d = dst;
    uint64_t pattern = (uint8_t)c * 0x0101010101010101u;
    size_t words = n / 8, bytes = n % 8;

    /* Words first: an emulator stores one item at a time. */
    __asm__ volatile("rep stosq" : "+D"(d), "+c"(words) : "a"(pattern) : "memory");
    __asm__ volatile("rep stosb" : "+D"(d), "+c"(bytes) : "a"(c) : "memory");
    return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *p = a, *q = b;

    if (n == 0)
        return 0;
    __asm__("repe cmpsb" : "+S"(p), "+D"(q), "+c"(n) : : "cc", "memory");
    return p[-1] - q[-1]; /* of the last pair that was compared */
}

void *memchr(const void *s, int c, size_t n)
{
    const char *p = s;
    bool found;

    if (n == 0)
        return NULL;
    __asm__("repne scasb" : "+D"(p), "+c"(n), "=@ccz"(found) : "a"(c) : "memory");
    return found ? (void *)(p - 1) : NULL;
}

size_t strlen(const char *s)
{
    const char *p = s;
    size_t left = SIZE_MAX;

    __asm__("repne scasb" : "+D"(p), "+c"(left) : "a"(0) : "cc", "memory");
    return (size_t)(p - s) - 1;
}
