/* SPDX-License-Identifier: MIT */
/*
 * The allocator, in the mock's heap of 64 KiB.
 */
#include <errno.h>
#include <string.h>

#include "mock.h"

void *rt_malloc(size_t size);
void *rt_calloc(size_t count, size_t size);
void *rt_realloc(void *p, size_t size);
void *rt_aligned_alloc(size_t alignment, size_t size);
void rt_free(void *p);

extern char *heap_start, *heap_end;

/* Returns the size of the largest free block; with all blocks freed, always the same. */
static size_t largest(void)
{
    size_t size = (size_t)(heap_end - heap_start);
    void *p;

    while (!(p = rt_malloc(size)))
        size--;
    rt_free(p);
    return size;
}

static size_t whole_heap;

static int all_is_free(void **state)
{
    (void)state;
    if (whole_heap == 0)
        whole_heap = largest();
    assert_int_equal(largest(), whole_heap);
    return 0;
}

static void assert_inside(const void *p, size_t size, size_t alignment)
{
    assert_non_null(p);
    assert_true((const char *)p >= heap_start && (const char *)p + size <= heap_end);
    assert_int_equal((uintptr_t)p % alignment, 0);
}

struct piece {
    unsigned char *p;
    size_t size;
    unsigned char pattern;
};

static void fill(struct piece *piece, size_t from)
{
    for (size_t i = from; i < piece->size; i++)
        piece->p[i] = (unsigned char)(piece->pattern + i);
}

static void check(const struct piece *piece, size_t size)
{
    for (size_t i = 0; i < size; i++)
        assert_int_equal(piece->p[i], (unsigned char)(piece->pattern + i));
}

static void test_workout(void **state)
{
    static struct piece pieces[100];
    unsigned refused = 0;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        struct piece *piece = &pieces[random_below(100)];
        size_t size = random_below(random_below(20) ? 600 : 20000);
        size_t alignment = 16;
        void *p;

        if (piece->p && random_below(2)) {
            check(piece, piece->size);
            rt_free(piece->p);
            piece->p = NULL;
            continue;
        }
        if (piece->p) {
            p = rt_realloc(piece->p, size);
            if (p) {
                piece->p = p;
                check(piece, size < piece->size ? size : piece->size);
                piece->size = size;
                fill(piece, 0);
            }
        } else {
            if (random_below(4) == 0)
                alignment = (size_t)1 << random_below(13);
            p = random_below(4) == 0 ? rt_aligned_alloc(alignment, size)
                                     : (alignment = 16, rt_malloc(size));
            *piece = (struct piece){p, size, (unsigned char)random64()};
            if (p)
                fill(piece, 0);
        }
        if (p)
            assert_inside(p, size, alignment);
        else
            refused++;
    }
    assert_true(refused > 1000 && refused < 100000); /* the heap was full now and then */
    for (int i = 0; i < 100; i++) {
        if (pieces[i].p)
            check(&pieces[i], pieces[i].size);
        rt_free(pieces[i].p);
    }
}

static void test_exhaustion(void **state)
{
    static void *blocks[10000];
    size_t n = 0;

    (void)state;
    rt_errno = 0;
    while ((blocks[n] = rt_malloc(100)))
        n++;
    assert_int_equal(rt_errno, ENOMEM);
    assert_true(n >= 65000 / 128);
    for (size_t i = 0; i < n; i += 2) /* every other one: nothing joins */
        rt_free(blocks[i]);
    assert_null(rt_malloc(300));
    for (size_t i = 0; i < n; i += 2)
        assert_non_null(blocks[i] = rt_malloc(100));
    assert_null(rt_malloc(100));
    for (size_t third = 3; third-- > 0;) {
        for (size_t i = third; i < n; i += 3)
            rt_free(blocks[i]);
    }
}

/* When nothing else is left, the last block that fits is found, also after many smaller ones. */
static void test_last_fit(void **state)
{
    void *small[20], *fences[21], *fits, *rest;
    size_t left;

    (void)state;
    fits = rt_malloc(700);
    fences[20] = rt_malloc(1);
    for (int i = 0; i < 20; i++) {
        small[i] = rt_malloc(500); /* of the same class */
        fences[i] = rt_malloc(1);
    }
    left = largest();
    rest = rt_malloc(left);
    rt_free(fits);
    for (int i = 0; i < 20; i++)
        rt_free(small[i]);
    assert_null(rt_malloc(720));
    assert_ptr_equal(rt_malloc(700), fits);
    assert_null(rt_malloc(700));
    rt_free(fits);
    rt_free(rest);
    for (int i = 0; i <= 20; i++)
        rt_free(fences[i]);
}

static void test_coalescing(void **state)
{
    (void)state;
    for (int order = 0; order < 6; order++) {
        static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                         {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        char *p[3] = {rt_malloc(100), rt_malloc(100), rt_malloc(100)};
        void *fence = rt_malloc(1);

        for (int i = 0; i < 3; i++)
            rt_free(p[orders[order][i]]);
        assert_ptr_equal(rt_malloc(300), p[0]); /* all three in one */
        rt_free(p[0]);
        rt_free(fence);
    }
}

static void test_resizing(void **state)
{
    char *a = rt_realloc(NULL, 50), *b = rt_malloc(50), *fence = rt_malloc(50);

    (void)state;
    memcpy(a, "some text", 10);
    rt_free(b);
    assert_ptr_equal(rt_realloc(a, 100), a); /* into the free block after it */
    assert_ptr_equal(rt_realloc(a, 10), a);
    b = rt_malloc(30); /* into the rest of that block */
    assert_true(b > a && b < fence);
    char *moved = rt_realloc(a, 200);
    assert_true(moved > fence);
    assert_string_equal(moved, "some text");
    assert_ptr_equal(rt_realloc(moved, 5000), moved); /* into unused memory */
    rt_errno = 0;
    assert_null(rt_realloc(moved, 1 << 20));
    assert_null(rt_realloc(moved, SIZE_MAX));
    assert_int_equal(rt_errno, ENOMEM);
    assert_string_equal(moved, "some text"); /* unchanged by the failure */
    assert_ptr_equal(rt_realloc(moved, 0), moved);
    rt_free(moved);
    rt_free(b);
    rt_free(fence);

    a = rt_malloc(1);
    assert_ptr_equal(rt_realloc(a, whole_heap), a); /* to the last byte, and no further */
    assert_null(rt_realloc(a, whole_heap + 1));
    rt_free(a);
}

static void test_sizes(void **state)
{
    static const size_t too_large[] = {SIZE_MAX,      SIZE_MAX - 8,    SIZE_MAX - 15,
                                       SIZE_MAX - 31, PTRDIFF_MAX,     (size_t)1 << 63,
                                       1 << 20,       PTRDIFF_MAX - 1, SIZE_MAX - 64};
    char *p;

    (void)state;
    for (size_t i = 0; i < sizeof too_large / sizeof too_large[0]; i++) {
        rt_errno = 0;
        assert_null(rt_malloc(too_large[i]));
        assert_null(rt_calloc(too_large[i], 1));
        assert_null(rt_aligned_alloc(64, too_large[i]));
        assert_int_equal(rt_errno, ENOMEM);
    }
    rt_errno = 0;
    assert_null(rt_calloc((size_t)1 << 32, (size_t)1 << 32));
    assert_null(rt_calloc(SIZE_MAX, 2));
    assert_int_equal(rt_errno, ENOMEM);

    p = rt_malloc(1000);
    memset(p, 0xAA, 1000);
    rt_free(p);
    p = rt_calloc(10, 100);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(p[i], 0);
    rt_free(p);
    p = rt_malloc(0);
    char *q = rt_malloc(0);
    assert_true(p && q && p != q);
    rt_free(p);
    rt_free(q);
    rt_free(NULL);
}

static void test_alignment(void **state)
{
    (void)state;
    for (size_t alignment = 1; alignment <= 8192; alignment *= 2) {
        void *before = rt_malloc(alignment / 3), *p = rt_aligned_alloc(alignment, 100);

        assert_inside(p, 100, alignment);
        memset(p, 0xAA, 100);
        rt_free(before);
        rt_free(p);
    }
    rt_errno = 0;
    assert_null(rt_aligned_alloc(0, 8));
    assert_null(rt_aligned_alloc(24, 8));
    assert_int_equal(rt_errno, EINVAL);
    assert_null(rt_aligned_alloc((size_t)1 << 63, 8));
    assert_int_equal(rt_errno, ENOMEM);
}

/* Aborts with a message that contains reason. */
#define assert_dies(statement, reason)                                                             \
    do {                                                                                           \
        mock_console(NULL);                                                                        \
        assert_int_equal(EXIT_STATUS(statement), 134);                                             \
        mock_output[mock_output_len] = '\0';                                                       \
        assert_non_null(strstr(mock_output, reason));                                              \
    } while (0)

static void test_misuse(void **state)
{
    char *a = rt_malloc(40), *b = rt_malloc(40), *c = rt_malloc(40), *d = rt_malloc(40);
    char saved, local[64] __attribute__((aligned(16)));

    (void)state;
    rt_free(b);
    assert_dies(rt_free(b), "freed already");
    assert_dies(rt_realloc(b, 5), "freed already");
    rt_free(a); /* b has joined a */
    assert_dies(rt_free(b), "freed already");
    a = rt_malloc(40);
    b = rt_malloc(40);
    rt_free(a);
    rt_free(b); /* b joins a */
    assert_dies(rt_free(b), "freed already");
    assert_dies(rt_free(c + 1), "not allocated");
    assert_dies(rt_free(local + 32), "not allocated");
    assert_dies(rt_free(heap_end - 16), "not allocated");

    saved = c[48]; /* the header after c */
    c[48] = (char)(saved + 1);
    assert_dies(rt_free(c), "beyond");
    assert_dies(rt_free(d), "beyond");
    c[48] = saved;
    rt_free(d);
    assert_dies(rt_free(d), "not allocated"); /* unused memory again */
    rt_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_workout, all_is_free, all_is_free),
        cmocka_unit_test_setup_teardown(test_exhaustion, all_is_free, all_is_free),
        cmocka_unit_test_setup_teardown(test_last_fit, all_is_free, all_is_free),
        cmocka_unit_test_setup_teardown(test_coalescing, all_is_free, all_is_free),
        cmocka_unit_test_setup_teardown(test_resizing, all_is_free, all_is_free),
        cmocka_unit_test_setup_teardown(test_sizes, all_is_free, all_is_free),
        cmocka_unit_test_setup_teardown(test_alignment, all_is_free, all_is_free),
        cmocka_unit_test_setup_teardown(test_misuse, all_is_free, all_is_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
