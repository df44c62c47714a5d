/* SPDX-License-Identifier: MIT */
/*
 * <string.h>, except for memcpy, memmove, memset, memcmp, memchr and strlen. An architecture may
 * have its own; the others take those of generic/memory.c.
 */
#include <stdlib.h>
#include <string.h>

size_t strnlen(const char *s, size_t max)
{
    size_t len = 0;

    while (len < max && s[len])
        len++;
    return len;
}

int strcmp(const char *a, const char *b)
{
    for (; *a && *a == *b; a++, b++)
        ;
    return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
    for (; n > 0; a++, b++, n--) {
        if (*a != *b || !*a)
            return (unsigned char)*a - (unsigned char)*b;
    }
    return 0;
}

int strcoll(const char *a, const char *b)
{
    return strcmp(a, b);
}

size_t strxfrm(char *restrict dst, const char *restrict src, size_t n)
{
    size_t len = strlen(src);

    if (len < n)
        memcpy(dst, src, len + 1);
    return len;
}

char *strcpy(char *restrict dst, const char *restrict src)
{
    return memcpy(dst, src, strlen(src) + 1);
}

char *strncpy(char *restrict dst, const char *restrict src, size_t n)
{
    size_t len = strnlen(src, n);

    memcpy(dst, src, len);
    memset(dst + len, 0, n - len);
    return dst;
}

char *strcat(char *restrict dst, const char *restrict src)
{
    strcpy(dst + strlen(dst), src);
    return dst;
}

char *strncat(char *restrict dst, const char *restrict src, size_t n)
{
    size_t len = strnlen(src, n);
    char *end = dst + strlen(dst);

    memcpy(end, src, len);
    end[len] = '\0';
    return dst;
}

char *strdup(const char *s)
{
    size_t size = strlen(s) + 1;
    char *copy = malloc(size);

    return copy ? memcpy(copy, s, size) : NULL;
}

char *strndup(const char *s, size_t max)
{
    size_t len = strnlen(s, max);
    char *copy = malloc(len + 1);

    if (!copy)
        return NULL;
    memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

char *strchr(const char *s, int c)
{
    for (; *s != (char)c; s++) {
        if (!*s)
            return NULL;
    }
    return (char *)s;
}

char *strrchr(const char *s, int c)
{
    const char *last = NULL;

    do {
        if (*s == (char)c)
            last = s;
    } while (*s++);
    return (char *)last;
}

char *strstr(const char *text, const char *word)
{
    size_t len = strlen(word);

    if (len == 0)
        return (char *)text;
    for (; (text = strchr(text, word[0])); text++) {
        if (strncmp(text, word, len) == 0)
            return (char *)text;
    }
    return NULL;
}

size_t strspn(const char *s, const char *accept)
{
    size_t len = 0;

    while (s[len] && strchr(accept, s[len]))
        len++;
    return len;
}

size_t strcspn(const char *s, const char *reject)
{
    size_t len = 0;

    while (!strchr(reject, s[len])) /* ends at the NUL, because strchr finds it, too */
        len++;
    return len;
}

char *strpbrk(const char *s, const char *accept)
{
    s += strcspn(s, accept);
    return *s ? (char *)s : NULL;
}

char *strtok_r(char *restrict s, const char *restrict separators, char **restrict rest)
{
    char *end;

    if (!s)
        s = *rest;
    s += strspn(s, separators);
    end = s + strcspn(s, separators);
    *rest = end + (*end != '\0');
    if (end == s)
        return NULL;
    *end = '\0';
    return s;
}

char *strtok(char *restrict s, const char *restrict separators)
{
    static _Thread_local char *rest;

    return strtok_r(s, separators, &rest);
}

size_t strlcpy(char *restrict dst, const char *restrict src, size_t size)
{
    size_t len = strlen(src);

    if (size > 0) {
        size_t fits = len < size ? len : size - 1;

        memcpy(dst, src, fits);
        dst[fits] = '\0';
    }
    return len;
}

size_t strlcat(char *restrict dst, const char *restrict src, size_t size)
{
    size_t used = strnlen(dst, size);

    return used + strlcpy(dst + used, src, size - used);
}
