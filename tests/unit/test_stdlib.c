/* SPDX-License-Identifier: MIT */
/*
 * Numbers, sorting, the end of a program, time and setjmp.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mock.h"

__typeof__(strtol) rt_strtol;
__typeof__(strtoll) rt_strtoll;
__typeof__(strtoul) rt_strtoul;
__typeof__(strtoull) rt_strtoull;
__typeof__(strtoimax) rt_strtoimax;
__typeof__(strtoumax) rt_strtoumax;
__typeof__(atoi) rt_atoi;
__typeof__(atol) rt_atol;
__typeof__(atoll) rt_atoll;
__typeof__(qsort) rt_qsort;
__typeof__(malloc) rt_malloc;
__typeof__(free) rt_free;
__typeof__(bsearch) rt_bsearch;
__typeof__(abs) rt_abs;
__typeof__(labs) rt_labs;
__typeof__(llabs) rt_llabs;
__typeof__(imaxabs) rt_imaxabs;
__typeof__(div) rt_div;
__typeof__(ldiv) rt_ldiv;
__typeof__(lldiv) rt_lldiv;
__typeof__(imaxdiv) rt_imaxdiv;
__typeof__(rand) rt_rand;
__typeof__(srand) rt_srand;
_Noreturn void rt_exit(int status);
_Noreturn void rt__Exit(int status);
_Noreturn void rt_abort(void);
__typeof__(atexit) rt_atexit;
int rt_printf(const char *fmt, ...);
__typeof__(clock) rt_clock;
__typeof__(time) rt_time;
__typeof__(clock_gettime) rt_clock_gettime;
__typeof__(clock_getres) rt_clock_getres;
_Noreturn void rt___assert_fail(const char *expr, const char *file, int line, const char *function);

/* The family must agree with the host's on value, end and errno. */
#define CHECK(function, s, base)                                                                   \
    do {                                                                                           \
        char *want_end = NULL, *got_end = NULL;                                                    \
        errno = rt_errno = 0;                                                                      \
        __auto_type want = function(s, &want_end, base);                                           \
        __auto_type got = rt_##function(s, &got_end, base);                                        \
        if (want != got || want_end != got_end || errno != rt_errno)                               \
            fail_msg("%s(\"%s\", %d): %jd, errno %d, not %jd, errno %d", #function, s, base,       \
                     (intmax_t)got, rt_errno, (intmax_t)want, errno);                              \
        assert_true(rt_##function(s, NULL, base) == want);                                         \
    } while (0)

/* Is it binary for a host's library that is of C23? The runtime is C11's: no prefix. */
static bool binary(const char *s, int base)
{
    s += strspn(s, " \t\n\v\f\r+-");
    return (base == 0 || base == 2) && strtol("0b1", NULL, 0) == 1 && s[0] == '0' &&
           tolower(s[1]) == 'b';
}

static void check_number(const char *s, int base)
{
    if (binary(s, base))
        return;
    CHECK(strtol, s, base);
    CHECK(strtoll, s, base);
    CHECK(strtoul, s, base);
    CHECK(strtoull, s, base);
    CHECK(strtoimax, s, base);
    CHECK(strtoumax, s, base);
}

static void test_number_edges(void **state)
{
    static const char *const edges[] = {
        "",
        " ",
        "-",
        "+",
        "0",
        "-0",
        "+-1",
        "0x",
        "0xg",
        "0x1",
        "-0X1f",
        "x1",
        "08",
        "018",
        "1z",
        "z",
        "\t\n\v\f\r 12",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "18446744073709551616",
        "-18446744073709551615",
        "-18446744073709551616",
        "99999999999999999999999999999999",
        "-99999999999999999999999999999999",
        "0xffffffffffffffff",
        "0x10000000000000000",
        "01777777777777777777777",
        "02000000000000000000000",
        "3W5E11264SGSF",
        "3w5e11264sgsg",
        "1\x80",
        "0 1",
        "--1",
        "0x-1",
        "- 1",
        "0b11",
    };

    (void)state;
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        check_number(edges[i], 0);
        for (int base = 2; base <= 36; base++)
            check_number(edges[i], base);
    }
    for (int base = 1; base <= 37; base += 36) {
        rt_errno = 0;
        assert_int_equal(rt_strtol("1", NULL, base), 0);
        assert_int_equal(rt_errno, EINVAL);
    }
    assert_int_equal(rt_strtol("0b11", NULL, 0), 0);
    assert_int_equal(rt_strtol("0b11", NULL, 2), 0);
    assert_int_equal(rt_atoi(" -42x"), -42);
    assert_int_equal(rt_atol("2147483648"), 2147483648);
    assert_int_equal(rt_atoll("-2147483649"), -2147483649);
}

static void test_number_random(void **state)
{
    static const char alphabet[] = "0123456789abcdefxyzXZ+- ";
    static const char *const forms[] = {"%jd", " +%ju", "0x%jx", "0%jo", "-%ju", "%jxz", "%jd0"};
    char s[64];

    (void)state;
    for (int i = 0; i < 100000; i++) {
        int base = (int)random_below(37);

        base = base == 1 ? 16 : base;
        snprintf(s, sizeof s, forms[random_below(7)], random_edge());
        check_number(s, base);
        check_number(s, 0);
        unsigned len = random_below(24);
        for (unsigned k = 0; k < len; k++)
            s[k] = alphabet[random_below(sizeof alphabet - 1)];
        s[len] = '\0';
        check_number(s, base);
    }
}

static unsigned comparisons;

static int compare_ints(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;

    comparisons++;
    return (x > y) - (x < y);
}

/* Returns the most comparisons that a merge sort makes: the sum of the logarithms, rounded up. */
static unsigned most_comparisons(unsigned n)
{
    unsigned sum = 0;

    for (unsigned i = 2; i <= n; i++)
        sum += 32 - (unsigned)__builtin_clz(i - 1);
    return sum;
}

static int compare_triples(const void *a, const void *b)
{
    return memcmp(a, b, 3);
}

enum { MAX = 2000 };
static int want[MAX], got[MAX];

static int compare_elements(const void *a, const void *b)
{
    const int *first = a, *second = b;

    assert_true(first >= got && first < got + MAX && second >= got && second < got + MAX);
    return compare_ints(a, b);
}

static void check_sort(unsigned most(unsigned n))
{
    for (unsigned n = 0; n < MAX; n += n < 20 ? 1 : 99) {
        for (int order = 0; order < 5; order++) {
            for (unsigned i = 0; i < n; i++) {
                int of_order[] = {(int)random64(), (int)i, -(int)i, 7, (int)random_below(4)};
                want[i] = got[i] = of_order[order];
            }
            comparisons = 0;
            rt_qsort(got, n, sizeof got[0], compare_elements);
            assert_true(comparisons <= most(n));
            qsort(want, n, sizeof want[0], compare_ints);
            assert_memory_equal(want, got, n * sizeof want[0]);
        }
    }
}

static unsigned twice(unsigned n)
{
    return 2 * n * 11; /* 2^11 > MAX */
}

static void test_sort(void **state)
{
    void *rest[64];
    int blocks = 0;

    (void)state;
    check_sort(most_comparisons);
    while ((rest[blocks] = rt_malloc(1000)))
        blocks++;
    check_sort(twice); /* without memory */
    while (blocks > 0)
        rt_free(rest[--blocks]);

    unsigned char a[300], b[300]; /* elements of an odd size */
    for (unsigned i = 0; i < sizeof a; i++)
        a[i] = b[i] = (unsigned char)random_below(4);
    qsort(a, 100, 3, compare_triples);
    rt_qsort(b, 100, 3, compare_triples);
    assert_memory_equal(a, b, sizeof a);
}

static void test_search(void **state)
{
    int numbers[64];

    (void)state;
    for (int i = 0; i < 64; i++)
        numbers[i] = 2 * i;
    for (size_t n = 0; n <= 64; n++) {
        for (int key = -1; key <= 130; key++)
            assert_ptr_equal(rt_bsearch(&key, numbers, n, sizeof key, compare_ints),
                             bsearch(&key, numbers, n, sizeof key, compare_ints));
    }
}

static void test_arithmetic(void **state)
{
    (void)state;
    assert_int_equal(rt_abs(-5), 5);
    assert_int_equal(rt_abs(INT_MAX), INT_MAX);
    assert_int_equal(rt_labs(-LONG_MAX), LONG_MAX);
    assert_int_equal(rt_llabs(-3), 3);
    assert_int_equal(rt_imaxabs(3), 3);
    assert_true(rt_div(-7, 2).quot == -3 && rt_div(-7, 2).rem == -1);
    assert_true(rt_ldiv(7, -2).quot == -3 && rt_ldiv(7, -2).rem == 1);
    assert_true(rt_lldiv(LLONG_MIN, 10).rem == -8 && rt_imaxdiv(9, 4).quot == 2);
}

static void test_random(void **state)
{
    int first[100], repeated = 0, halves[2] = {0, 0};

    (void)state;
    rt_srand(5);
    for (int i = 0; i < 100; i++) {
        first[i] = rt_rand();
        assert_true(first[i] >= 0);
        halves[first[i] > RAND_MAX / 2]++;
        repeated += i > 0 && first[i] == first[i - 1];
    }
    assert_true(halves[0] > 25 && halves[1] > 25 && repeated == 0);
    rt_srand(5);
    for (int i = 0; i < 100; i++)
        assert_int_equal(rt_rand(), first[i]);
}

static void say_a(void)
{
    rt_printf("a");
}

static void say_b(void)
{
    rt_printf("b");
    rt_atexit(say_a); /* a handler may add another, which runs next */
}

static void test_exit(void **state)
{
    (void)state;
    mock_console(NULL);
    for (int i = 0; i < 31; i++)
        assert_int_equal(rt_atexit(say_a), 0);
    assert_int_equal(rt_atexit(say_b), 0);
    rt_printf("x");
    assert_int_equal(EXIT_STATUS(rt_exit(0x123)), 0x23);
    assert_console("xba"
                   "aaaaaaaaaa"
                   "aaaaaaaaaa"
                   "aaaaaaaaaaa",
                   1);

    rt_printf("kept");
    assert_int_equal(EXIT_STATUS(rt__Exit(-1)), 255);
    assert_console("", 0);
    assert_int_equal(EXIT_STATUS(rt_abort()), 134);
    assert_console("kept", 1);
    rt_printf("before");
    assert_int_equal(EXIT_STATUS(rt___assert_fail("1 == 2", "file.c", 12, "main")), 134);
    assert_console("beforefile.c:12: main: assertion `1 == 2' failed.\n", 2);
    for (int i = 0; i < 64 - 33; i++)
        assert_int_equal(rt_atexit(say_a), 0);
    assert_int_not_equal(rt_atexit(say_a), 0); /* the table is full */
}

static void test_time(void **state)
{
    static const uint64_t frequencies[] = {32768,      1000000,    1193182,    10000000,
                                           2399987654, 3000000000, 4294967296, 17000000000};
    struct timespec now, step;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        mock_ticks = random_edge();
        mock_frequency = frequencies[random_below(8)];
        unsigned __int128 ticks = mock_ticks;

        assert_int_equal(rt_clock_gettime(CLOCK_MONOTONIC, &now), 0);
        assert_true((uint64_t)now.tv_sec == mock_ticks / mock_frequency);
        assert_true((uint64_t)now.tv_nsec ==
                    (uint64_t)(ticks * 1000000000 / mock_frequency % 1000000000));
        if (mock_frequency > 3000000)
            assert_true((uint64_t)rt_clock() == (uint64_t)(ticks * 1000000 / mock_frequency));
    }
    mock_frequency = 1;
    mock_ticks = UINT64_MAX;
    assert_true(rt_clock() == -1);
    assert_int_equal(rt_clock_getres(CLOCK_MONOTONIC, &step), 0);
    assert_true(step.tv_sec == 1 && step.tv_nsec == 0);
    mock_frequency = 3000000000;
    assert_int_equal(rt_clock_getres(CLOCK_MONOTONIC, &step), 0);
    assert_true(step.tv_sec == 0 && step.tv_nsec == 1);
    mock_frequency = 32768;
    assert_int_equal(rt_clock_getres(CLOCK_MONOTONIC, NULL), 0);
    rt_clock_getres(CLOCK_MONOTONIC, &step);
    assert_true(step.tv_sec == 0 && step.tv_nsec == 30518);

    mock_wall_clock = 1234567890987654321;
    assert_int_equal(rt_clock_gettime(CLOCK_REALTIME, &now), 0);
    assert_true(now.tv_sec == 1234567890 && now.tv_nsec == 987654321);
    time_t seconds = 0;
    assert_int_equal(rt_time(&seconds), 1234567890);
    assert_int_equal(seconds, 1234567890);
    assert_int_equal(rt_clock_getres(CLOCK_REALTIME, &step), 0);
    mock_wall_clock = -1;
    assert_int_equal(rt_time(NULL), -1);
    rt_errno = 0;
    assert_int_equal(rt_clock_gettime(CLOCK_REALTIME, &now), -1);
    assert_int_equal(rt_errno, EINVAL);
    rt_errno = 0;
    assert_int_equal(rt_clock_getres(7, &step), -1);
    assert_int_equal(rt_errno, EINVAL);
}

#ifdef __x86_64__

/* Calls setjmp, then longjmp with other values in all registers that a call preserves. Returns
 * setjmp's second result, or -100 if one of the registers has changed by then. */
int there_and_back(unsigned long *env, int value);
__asm__(
    ".text\n"
    "there_and_back:\n"
    "    push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "    push %rsi; push %rdi\n"
    "    mov $1, %ebx; mov $2, %ebp; mov $3, %r12d; mov $4, %r13d; mov $5, %r14d; mov $6, %r15d\n"
    "    call rt_setjmp\n"
    "    test %eax, %eax\n"
    "    jnz 1f\n"
    "    mov $-1, %rbx; mov $-1, %rbp; mov $-1, %r12; mov $-1, %r13; mov $-1, %r14; mov $-1, %r15\n"
    "    mov 0(%rsp), %rdi; mov 8(%rsp), %rsi\n"
    "    call rt_longjmp\n"
    "1:  cmp $1, %rbx; jne 2f\n"
    "    cmp $2, %rbp; jne 2f\n"
    "    cmp $3, %r12; jne 2f\n"
    "    cmp $4, %r13; jne 2f\n"
    "    cmp $5, %r14; jne 2f\n"
    "    cmp $6, %r15; jne 2f\n"
    "    jmp 3f\n"
    "2:  mov $-100, %eax\n"
    "3:  add $16, %rsp\n"
    "    pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "    ret\n");

static void test_setjmp(void **state)
{
    unsigned long env[28]; /* a jmp_buf of the runtime */

    (void)state;
    mock_irq = false; /* else longjmp would turn interrupts on: this program may not */
    for (int value = -1; value < 3; value++)
        assert_int_equal(there_and_back(env, value), value == 0 ? 1 : value);
}

#else

static void test_setjmp(void **state)
{
    (void)state;
    skip();
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number_edges), cmocka_unit_test(test_number_random),
        cmocka_unit_test(test_sort),         cmocka_unit_test(test_search),
        cmocka_unit_test(test_arithmetic),   cmocka_unit_test(test_random),
        cmocka_unit_test(test_exit),         cmocka_unit_test(test_time),
        cmocka_unit_test(test_setjmp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
