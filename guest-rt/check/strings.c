/* SPDX-License-Identifier: MIT */
/* The compiler does not see what the runtime's functions access: these check it first. */
#include "check.h"

#include <string.h>

void *__real_memcpy(void *to, const void *from, size_t size);
void *__real_memmove(void *to, const void *from, size_t size);
void *__real_memset(void *to, int c, size_t size);
int __real_memcmp(const void *a, const void *b, size_t size);
size_t __real_strlen(const char *s);
char *__real_strcpy(char *to, const char *from);
char *__real_strncpy(char *to, const char *from, size_t size);
char *__real_strcat(char *to, const char *from);
int __real_strcmp(const char *a, const char *b);

/* Returns the length of s. Checks each byte before it is read. */
static size_t length(const char *s, size_t most, struct site site)
{
    size_t n = 0;

    for (; n < most; n++) {
        check_access(s + n, 1, false, site);
        if (s[n] == '\0')
            break;
    }
    return n;
}

static size_t with_end(const char *s, struct site site)
{
    return length(s, SIZE_MAX, site) + 1;
}

void *__wrap_memcpy(void *to, const void *from, size_t size);
void *__wrap_memcpy(void *to, const void *from, size_t size)
{
    check_access(from, size, false, SITE());
    check_access(to, size, true, SITE());
    return __real_memcpy(to, from, size);
}

void *__wrap_memmove(void *to, const void *from, size_t size);
void *__wrap_memmove(void *to, const void *from, size_t size)
{
    check_access(from, size, false, SITE());
    check_access(to, size, true, SITE());
    return __real_memmove(to, from, size);
}

void *__wrap_memset(void *to, int c, size_t size);
void *__wrap_memset(void *to, int c, size_t size)
{
    check_access(to, size, true, SITE());
    return __real_memset(to, c, size);
}

int __wrap_memcmp(const void *a, const void *b, size_t size);
int __wrap_memcmp(const void *a, const void *b, size_t size)
{
    check_access(a, size, false, SITE());
    check_access(b, size, false, SITE());
    return __real_memcmp(a, b, size);
}

size_t __wrap_strlen(const char *s);
size_t __wrap_strlen(const char *s)
{
    return length(s, SIZE_MAX, SITE());
}

char *__wrap_strcpy(char *to, const char *from);
char *__wrap_strcpy(char *to, const char *from)
{
    check_access(to, with_end(from, SITE()), true, SITE());
    return __real_strcpy(to, from);
}

char *__wrap_strncpy(char *to, const char *from, size_t size);
char *__wrap_strncpy(char *to, const char *from, size_t size)
{
    length(from, size, SITE());
    check_access(to, size, true, SITE());
    return __real_strncpy(to, from, size);
}

char *__wrap_strcat(char *to, const char *from);
char *__wrap_strcat(char *to, const char *from)
{
    size_t used = length(to, SIZE_MAX, SITE());

    check_access(to + used, with_end(from, SITE()), true, SITE());
    return __real_strcat(to, from);
}

int __wrap_strcmp(const char *a, const char *b);
int __wrap_strcmp(const char *a, const char *b)
{
    for (size_t i = 0;; i++) {
        check_access(a + i, 1, false, SITE());
        check_access(b + i, 1, false, SITE());
        if (a[i] != b[i] || a[i] == '\0')
            return __real_strcmp(a + i, b + i);
    }
}

_Noreturn void __wrap___stack_chk_fail(void);
void __wrap___stack_chk_fail(void)
{
    check_report(SITE(), NULL, 0, "this function wrote beyond an array on its stack");
}
