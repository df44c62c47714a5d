/* SPDX-License-Identifier: MIT */
/*
 * Sorting and searching.
 */
#include <stdlib.h>

typedef int compare_fn(const void *, const void *);

static void swap(char *a, char *b, size_t size)
{
    for (; size > 0; a++, b++, size--) {
        char c = *a;
        *a = *b;
        *b = c;
    }
}

/* Moves element i of a heap of `count` elements down until no child is greater. */
static void sift_down(char *base, size_t i, size_t count, size_t size, compare_fn *compare)
{
    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= count)
            return;
        if (child + 1 < count && compare(base + child * size, base + (child + 1) * size) < 0)
            child++;
        if (compare(base + i * size, base + child * size) >= 0)
            return;
        swap(base + i * size, base + child * size, size);
        i = child;
    }
}

/* Heapsort: it needs no recursion and no memory, and is never slower than O(n log n). */
void qsort(void *base, size_t count, size_t size, compare_fn *compare)
{
    for (size_t i = count / 2; i-- > 0;)
        sift_down(base, i, count, size, compare);
    for (size_t left = count; left-- > 1;) {
        swap(base, (char *)base + left * size, size);
        sift_down(base, 0, left, size, compare);
    }
}

void *bsearch(const void *key, const void *base, size_t count, size_t size, compare_fn *compare)
{
    const char *first = base;

    while (count > 0) {
        const char *middle = first + count / 2 * size;
        int order = compare(key, middle);

        if (order == 0)
            return (void *)middle;
        if (order > 0) {
            first = middle + size;
            count--;
        }
        count /= 2;
    }
    return NULL;
}
