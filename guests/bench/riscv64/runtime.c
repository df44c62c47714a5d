/* SPDX-License-Identifier: MIT */
/*
 * Counts the instructions of the C library's functions. Prints a line for each: name, count.
 * It also builds with another C library (bench/picolibc.c).
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGE 4096
#define ITEMS 10000
#define HOLES 20000

static unsigned char a[LARGE + 8] __attribute__((aligned(64))),
    b[LARGE + 8] __attribute__((aligned(64)));

/* So that main begins with few instructions: it counts those before it. */
#define NOINLINE __attribute__((noinline))

static inline uint64_t retired(void)
{
    uint64_t count;

    __asm__ volatile("rdinstret %0" : "=r"(count)::"memory");
    return count;
}

/* A function of one instruction, to leave the cost of a call out. */
int nothing(const void *first, const void *second, size_t n);
__asm__(".pushsection .text.nothing, \"ax\"\n"
        "    .globl nothing\n"
        "nothing:\n"
        "    ret\n"
        ".popsection");

/* Sets `count` to how many instructions `statement` takes. */
#define COUNT(count, statement)                                                                    \
    do {                                                                                           \
        uint64_t before = retired(), start = retired();                                            \
        statement;                                                                                 \
        count = retired() - start - (start - before);                                              \
    } while (0)

static void print(const char *name, uint64_t count)
{
    printf("%s %lu\n", name, (unsigned long)count);
}

static NOINLINE void count_memory(size_t n)
{
    static const char *const names[2][5] = {
        {"memcpy_64", "memcpy_unaligned_64", "memset_64", "memset_unaligned_64", "memcmp_64"},
        {"memcpy_4096", "memcpy_unaligned_4096", "memset_4096", "memset_unaligned_4096",
         "memcmp_4096"},
    };
    const char *const *name = names[n == LARGE];
    volatile size_t size = n; /* the compiler must not know it */
    volatile int order;

    uint64_t call, count;

    COUNT(call, nothing(a, b, size));
    call--; /* all but the ret */

    COUNT(count, memcpy(a, b, size));
    print(name[0], count - call);
    COUNT(count, memcpy(a + 1, b + 2, size));
    print(name[1], count - call);
    COUNT(count, memset(a, 1, size));
    print(name[2], count - call);
    COUNT(count, memset(a + 1, 1, size));
    print(name[3], count - call);
    memset(b, 1, sizeof(b));
    COUNT(count, order = memcmp(a, b, size));
    print(name[4], count - call);
    (void)order;
}

static NOINLINE void count_strlen(void)
{
    volatile size_t length;
    uint64_t count;

    memset(a, 'x', LARGE);
    a[LARGE] = '\0';
    COUNT(count, length = strlen((char *)a));
    print("strlen_4096", count);
    (void)length;
}

static uint64_t compares;

static int compare(const void *x, const void *y)
{
    int first = *(const int *)x, second = *(const int *)y;

    compares++;
    return (first > second) - (first < second);
}

/* The numbers are those of bench/runtime.py, which sorts them by the host's C library. */
static NOINLINE void count_sort(void)
{
    static int items[ITEMS];
    uint32_t random = 1;
    uint64_t count;

    for (int i = 0; i < ITEMS; i++) {
        random = random * 1664525 + 1013904223;
        items[i] = (int)(random >> 8);
    }
    COUNT(count, qsort(items, ITEMS, sizeof(items[0]), compare));
    print("qsort_10000", count);
    print("qsort_compares", compares);
}

/* Blocks that are too small lie free between others. */
static NOINLINE void count_malloc(void)
{
    static void *blocks[2 * HOLES];
    uint64_t count, most = 0;

    for (int i = 0; i < 2 * HOLES; i++)
        blocks[i] = malloc(48);
    for (int i = 0; i < 2 * HOLES; i += 2)
        free(blocks[i]);
    for (int i = 0; i < 1000; i++) {
        COUNT(count, blocks[2 * i] = malloc(i % 2 ? 100 : 64));
        most = count > most ? count : most;
    }
    print("malloc_holes", most);
    void *(*volatile allocate)(size_t) = malloc; /* so that the compiler does not leave both out */
    COUNT(count, free(allocate(32)));
    print("malloc_free", count);
}

int main(void)
{
    uint64_t start = retired();

    printf("start %lu\n", (unsigned long)start); /* since the guest's first instruction */
    count_memory(64);
    count_memory(LARGE);
    count_strlen();
    count_sort();
    count_malloc();
    return 0;
}
