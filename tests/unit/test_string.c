/* SPDX-License-Identifier: MIT */
/*
 * <string.h> and <ctype.h> against the host's: all small lengths, offsets and contents.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>

#include "mock.h"

__typeof__(memcpy) rt_memcpy, rt_memmove, x86_memcpy, x86_memmove;
__typeof__(memset) rt_memset, x86_memset;
__typeof__(memcmp) rt_memcmp, x86_memcmp;
__typeof__(memchr) rt_memchr, x86_memchr;
__typeof__(strlen) rt_strlen, x86_strlen;
__typeof__(strnlen) rt_strnlen;
__typeof__(strcmp) rt_strcmp, rt_strcoll;
__typeof__(strncmp) rt_strncmp;
__typeof__(strcasecmp) rt_strcasecmp;
__typeof__(strncasecmp) rt_strncasecmp;
size_t rt_strlcpy(char *dst, const char *src, size_t size);
size_t rt_strlcat(char *dst, const char *src, size_t size);
__typeof__(strcpy) rt_strcpy, rt_strcat;
__typeof__(strncpy) rt_strncpy, rt_strncat;
__typeof__(strxfrm) rt_strxfrm;
__typeof__(strchr) rt_strchr, rt_strrchr;
__typeof__(strstr) rt_strstr, rt_strpbrk;
__typeof__(strspn) rt_strspn, rt_strcspn;
__typeof__(strtok) rt_strtok;
__typeof__(strtok_r) rt_strtok_r;
__typeof__(strdup) rt_strdup;
__typeof__(strndup) rt_strndup;
__typeof__(strerror) rt_strerror;
__typeof__(free) rt_free;
__typeof__(isdigit) rt_isdigit, rt_islower, rt_isupper, rt_isalpha, rt_isalnum, rt_isxdigit,
    rt_isblank, rt_isspace, rt_isprint, rt_isgraph, rt_iscntrl, rt_ispunct, rt_tolower, rt_toupper;

#pragma weak x86_memcpy
#pragma weak x86_memmove
#pragma weak x86_memset
#pragma weak x86_memcmp
#pragma weak x86_memchr
#pragma weak x86_strlen

#define SPACE 128

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

/* A string of few different letters, so that matches are likely, and bytes above 127. */
static const char *random_string(char *s, unsigned max)
{
    unsigned len = random_below(max);

    for (unsigned i = 0; i < len; i++)
        s[i] = "ab\xFF"[random_below(3)];
    s[len] = '\0';
    return s;
}

static void check_memory(__typeof__(memcpy) *copy, __typeof__(memmove) *move,
                         __typeof__(memset) *set)
{
    unsigned char start[SPACE], want[SPACE], got[SPACE];

    for (unsigned i = 0; i < SPACE; i++)
        start[i] = (unsigned char)random64();
    for (unsigned len = 0; len < 40; len++) {
        for (unsigned to = 0; to < 40; to++) {
            for (unsigned from = 0; from < 40; from++) {
                memcpy(want, start, SPACE);
                memcpy(got, start, SPACE);
                memmove(want + to, want + from, len);
                assert_ptr_equal(move(got + to, got + from, len), got + to);
                assert_memory_equal(want, got, SPACE);
            }
            memcpy(want, start, SPACE);
            memcpy(got, start, SPACE);
            memcpy(want + to, start + len, len);
            assert_ptr_equal(copy(got + to, start + len, len), got + to);
            assert_memory_equal(want, got, SPACE);

            memset(want + to, 0x1E5, len);
            assert_ptr_equal(set(got + to, 0x1E5, len), got + to);
            assert_memory_equal(want, got, SPACE);
        }
    }
}

static void test_memory(void **state)
{
    (void)state;
    check_memory(rt_memcpy, rt_memmove, rt_memset);
}

static void test_memory_x86(void **state)
{
    (void)state;
    if (!x86_memcpy)
        skip();
    check_memory(x86_memcpy, x86_memmove, x86_memset);
}

#define PAGE_SIZE 4096
#define LARGEST   600

/* Returns two pages that may not be accessed, and one between them. */
static unsigned char *guarded_page(void)
{
    unsigned char *pages = mmap(NULL, 3 * PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(pages, MAP_FAILED);
    assert_int_equal(mprotect(pages + PAGE_SIZE, PAGE_SIZE, PROT_READ | PROT_WRITE), 0);
    return pages + PAGE_SIZE;
}

/* Returns an address for n bytes in a page: often its start, or such that they end with it. */
static unsigned char *any_address(unsigned char *page, size_t n)
{
    switch (random_below(4)) {
    case 0:
        return page;
    case 1:
        return page + PAGE_SIZE - n;
    default:
        return page + random_below(PAGE_SIZE + 1 - (unsigned)n);
    }
}

/* 100,000 cases with many bytes, at any address, and nothing outside is read or written. */
static void check_large(__typeof__(memcpy) *copy, __typeof__(memmove) *move,
                        __typeof__(memset) *set, __typeof__(memcmp) *compare,
                        __typeof__(strlen) *length)
{
    unsigned char *a = guarded_page(), *b = guarded_page(), want[LARGEST + 64];

    for (int i = 0; i < PAGE_SIZE; i++)
        a[i] = b[i] = (unsigned char)random64() | 1;
    for (int i = 0; i < 100000; i++) {
        size_t n = random_below(random_below(2) ? 80 : LARGEST), distance = random_below(64);
        unsigned char *from = any_address(a, n), *to = any_address(b, n), byte = random64() | 1;

        assert_ptr_equal(copy(to, from, n), to);
        assert_memory_equal(to, from, n);
        assert_int_equal(compare(to, from, n), 0);
        if (n > 0) {
            size_t at = random_below((unsigned)n), last = random_below((unsigned)n);
            unsigned char old = to[at];

            to[at] ^= 0x80 >> random_below(8); /* the first difference decides */
            to[last] ^= last > at ? 0xFF : 0;
            assert_int_equal(sign(compare(to, from, n)), to[at] < from[at] ? -1 : 1);
            to[at] = '\0';
            assert_int_equal(length((char *)to), at);
            to[at] = old;
            to[last] ^= last > at ? 0xFF : 0;
        }
        if (n >= distance) {
            unsigned char *low = any_address(a, n + distance);
            bool up = random_below(2);

            memcpy(want, up ? low : low + distance, n);
            move(up ? low + distance : low, up ? low : low + distance, n);
            assert_memory_equal(up ? low + distance : low, want, n);
        }
        unsigned char before = to > b ? to[-1] : 0, after = to + n < b + PAGE_SIZE ? to[n] : 0;
        assert_ptr_equal(set(to, byte + 256, n), to);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(to[k], byte);
        assert_true((to == b || to[-1] == before) && (to + n == b + PAGE_SIZE || to[n] == after));
        for (size_t k = 0; k < n; k++)
            to[k] = (unsigned char)random64() | 1;
    }
    munmap(a - PAGE_SIZE, 3 * PAGE_SIZE);
    munmap(b - PAGE_SIZE, 3 * PAGE_SIZE);
}

static void test_large(void **state)
{
    (void)state;
    check_large(rt_memcpy, rt_memmove, rt_memset, rt_memcmp, rt_strlen);
    if (x86_memcpy)
        check_large(x86_memcpy, x86_memmove, x86_memset, x86_memcmp, x86_strlen);
}

static void test_compare(void **state)
{
    char a[SPACE], b[SPACE];

    (void)state;
    for (int i = 0; i < 100000; i++) {
        random_string(a, 8);
        random_string(b, 8);
        size_t n = random_below(10), shorter = strlen(a) < strlen(b) ? strlen(a) : strlen(b);

        assert_int_equal(sign(rt_strcmp(a, b)), sign(strcmp(a, b)));
        assert_int_equal(sign(rt_strcoll(a, b)), sign(strcmp(a, b)));
        assert_int_equal(sign(rt_strncmp(a, b, n)), sign(strncmp(a, b, n)));
        assert_int_equal(sign(rt_memcmp(a, b, shorter)), sign(memcmp(a, b, shorter)));
    }
    assert_int_equal(rt_strncmp("abc", "abd", 2), 0);
    assert_true(rt_strcmp("a", "a\x80") < 0 && rt_memcmp("\x7F", "\x80", 1) < 0);
}

static void test_find(void **state)
{
    char s[SPACE], set[SPACE];

    (void)state;
    for (int i = 0; i < 100000; i++) {
        random_string(s, 12);
        random_string(set, 4);
        int c = "ab\xFF\0c"[random_below(5)];
        size_t n = random_below(14);

        assert_int_equal(rt_strlen(s), strlen(s));
        assert_true(!x86_strlen || x86_strlen(s) == strlen(s));
        assert_int_equal(rt_strnlen(s, n), strnlen(s, n));
        assert_ptr_equal(rt_strchr(s, c), strchr(s, c));
        assert_ptr_equal(rt_strrchr(s, c), strrchr(s, c));
        assert_ptr_equal(rt_strstr(s, set), strstr(s, set));
        assert_int_equal(rt_strspn(s, set), strspn(s, set));
        assert_int_equal(rt_strcspn(s, set), strcspn(s, set));
        assert_ptr_equal(rt_strpbrk(s, set), strpbrk(s, set));
        n = n > strlen(s) ? strlen(s) : n;
        assert_ptr_equal(rt_memchr(s, c + 256, n), memchr(s, c, n));
        assert_true(!x86_memchr || x86_memchr(s, c + 256, n) == memchr(s, c, n));
    }
}

static void test_copy(void **state)
{
    char s[SPACE], want[SPACE], got[SPACE];

    (void)state;
    for (int i = 0; i < 20000; i++) {
        size_t n = random_below(40);

#define CHECK(function, ...)                                                                       \
    do {                                                                                           \
        memset(want, '~', SPACE);                                                                  \
        memcpy(want, "start", 6);                                                                  \
        memcpy(got, want, SPACE);                                                                  \
        assert_ptr_equal(rt_##function(got, __VA_ARGS__), got);                                    \
        function(want, __VA_ARGS__);                                                               \
        assert_memory_equal(want, got, SPACE);                                                     \
    } while (0)

        random_string(s, 30);
        CHECK(strcpy, s);
        CHECK(strcat, s);
        CHECK(strncpy, s, n);
        CHECK(strncat, s, n);

        memset(got, '~', SPACE);
        assert_int_equal(rt_strxfrm(got, s, n), strlen(s));
        if (n > strlen(s))
            assert_string_equal(got, s);

        char *copy = rt_strdup(s), *start = rt_strndup(s, n);
        assert_string_equal(copy, s);
        assert_int_equal(strlen(start), strnlen(s, n));
        assert_memory_equal(start, s, strlen(start));
        rt_free(copy);
        rt_free(start);
    }
}

static void test_tokens(void **state)
{
    char s[SPACE], a[SPACE], b[SPACE], set[SPACE];

    (void)state;
    for (int i = 0; i < 50000; i++) {
        char *want_rest, *got_rest, *want, *got, *plain;
        char c[SPACE];

        random_string(s, 20);
        random_string(set, 3);
        strcpy(a, s);
        strcpy(b, s);
        strcpy(c, s);
        want = strtok_r(a, set, &want_rest);
        got = rt_strtok_r(b, set, &got_rest);
        plain = rt_strtok(c, set);
        while (want) {
            assert_non_null(got);
            assert_int_equal(want - a, got - b);
            assert_string_equal(want, got);
            assert_string_equal(want, plain);
            want = strtok_r(NULL, set, &want_rest);
            got = rt_strtok_r(NULL, set, &got_rest);
            plain = rt_strtok(NULL, set);
        }
        assert_null(got);
        assert_null(plain);
        assert_null(rt_strtok_r(NULL, set, &got_rest));
    }
}

static void test_errors(void **state)
{
    static const int known[] = {0,      EPERM,   ENOENT, EIO,       EBADF,    ENOMEM,
                                EINVAL, EDOM,    ERANGE, EOVERFLOW, EILSEQ,   ETIMEDOUT,
                                ENOSYS, ENOTSUP, EAGAIN, EBUSY,     ECANCELED};

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_string_equal(rt_strerror(known[i]), strerror(known[i]));
    assert_string_equal(rt_strerror(-1), "Unknown error -1");
    assert_string_equal(rt_strerror(41), "Unknown error 41");
    assert_string_equal(rt_strerror(100000), "Unknown error 100000");
}

static void test_ctype(void **state)
{
    (void)state;
#define SAME(is) assert_int_equal(!!rt_##is(c), !!is(c))
    for (int c = -1; c < 256; c++) {
        SAME(isdigit), SAME(islower), SAME(isupper), SAME(isalpha), SAME(isalnum), SAME(isxdigit);
        SAME(isblank), SAME(isspace), SAME(isprint), SAME(isgraph), SAME(iscntrl), SAME(ispunct);
        assert_int_equal(rt_tolower(c), tolower(c));
        assert_int_equal(rt_toupper(c), toupper(c));
    }
}

/* The host may have no strlcpy: snprintf cuts in the same way. */
static void test_limited_copy(void **state)
{
    static const char text[] = "0123456789";
    char want[16], got[16];

    (void)state;
    for (size_t size = 0; size < sizeof(got); size++)
        for (size_t used = 0; used < sizeof(text); used++)
            for (size_t len = 0; len < sizeof(text); len++) {
                const char *end = text + sizeof(text) - 1;

                memset(want, '#', sizeof(want));
                memset(got, '#', sizeof(got));
                assert_int_equal(rt_strlcpy(got, end - len, size),
                                 snprintf(want, size, "%s", end - len));
                assert_memory_equal(got, want, sizeof(got));
                if (used >= size)
                    continue;
                strcpy(got, end - used);
                assert_int_equal(rt_strlcat(got, end - len, size),
                                 snprintf(want, size, "%s%s", end - used, end - len));
                assert_string_equal(got, want);
            }
    memset(got, '#', sizeof(got));
    assert_int_equal(rt_strlcat(got, "abc", 5), 5 + 3); /* no NUL in reach: nothing is written */
    assert_int_equal(got[5], '#');
}

static void test_case(void **state)
{
    char a[] = "xx", b[] = "xx";

    (void)state;
    for (int left = 0; left < 256; left++)
        for (int right = 0; right < 256; right++) {
            a[1] = (char)left;
            b[1] = (char)right;
            assert_int_equal(rt_strcasecmp(a, b), strcasecmp(a, b));
            for (size_t n = 0; n < 4; n++)
                assert_int_equal(rt_strncasecmp(a, b, n), strncasecmp(a, b, n));
        }
    assert_true(rt_strcasecmp("Labvisor", "lABVISOR") == 0 && rt_strcasecmp("a", "ab") < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory), cmocka_unit_test(test_memory_x86),
        cmocka_unit_test(test_large),  cmocka_unit_test(test_compare),
        cmocka_unit_test(test_find),   cmocka_unit_test(test_copy),
        cmocka_unit_test(test_tokens), cmocka_unit_test(test_limited_copy),
        cmocka_unit_test(test_case),   cmocka_unit_test(test_errors),
        cmocka_unit_test(test_ctype),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
