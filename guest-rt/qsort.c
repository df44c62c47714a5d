/* SPDX-License-Identifier: MIT */
/*
 * Sorting and searching.
 */
#include <stdlib.h>
#include <string.h>

typedef int compare_fn(const void *, const void *);

#define SMALL 64 /* so many elements are sorted without malloc */

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

/* Needs no memory, and up to twice as many comparisons as merge_sort. */
static void heap_sort(char *base, size_t count, size_t size, compare_fn *compare)
{
    for (size_t i = count / 2; i-- > 0;)
        sift_down(base, i, count, size, compare);
    for (size_t left = count; left-- > 1;) {
        swap(base, base + left * size, size);
        sift_down(base, 0, left, size, compare);
    }
}

/* Sorts pointers to elements. `room` has place for half as many. */
static void merge_sort(char **elements, size_t count, char **room, compare_fn *compare)
{
    size_t half = count / 2, left = 0, right = half, to = 0;

    if (count < 2)
        return;
    merge_sort(elements, half, room, compare);
    merge_sort(elements + half, count - half, room, compare);
    memcpy(room, elements, half * sizeof(*room));
    while (left < half && right < count)
        elements[to++] =
            compare(room[left], elements[right]) <= 0 ? room[left++] : elements[right++];
    memcpy(elements + to, room + left, (half - left) * sizeof(*room));
}

/* Moves to each place of the array what elements[place] points to. A cycle of such moves starts
 * with each element that is in the wrong place; it is swapped along until it is in the right one.
 */
static void arrange(char *base, size_t count, size_t size, char **elements)
{
    for (size_t start = 0; start < count; start++) {
        size_t place = start;

        for (;;) {
            char *to = base + place * size, *from = elements[place];

            elements[place] = to;
            if (from == base + start * size)
                break;
            swap(to, from, size);
            place = (size_t)(from - base) / size;
        }
    }
}

/* The comparisons are as few as those of a merge sort; compare() gets elements of the array only
 * (C11, 7.22.5), so pointers are sorted first. If malloc has no memory for them, heapsort it is. */
void qsort(void *base, size_t count, size_t size, compare_fn *compare)
{
    char *few[SMALL + SMALL / 2], **elements = few;

    if (count > SMALL)
        elements = malloc((count + count / 2) * sizeof(*elements));
    if (!elements) {
        heap_sort(base, count, size, compare);
        return;
    }
    for (size_t i = 0; i < count; i++)
        elements[i] = (char *)base + i * size;
    merge_sort(elements, count, elements + count, compare);
    arrange(base, count, size, elements);
    if (elements != few)
        free(elements);
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
