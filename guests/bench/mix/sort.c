/* SPDX-License-Identifier: MIT */
/* 512 records sorted three ways: by a heap, by quicksort through a function pointer, by digits. */
#include "mix.h"

#define COUNT 512

struct record {
    uint32_t key;
    uint32_t value;
};

typedef int compare_fn(const struct record *, const struct record *);

static struct record records[COUNT], others[COUNT];

static void fill(uint32_t seed)
{
    for (unsigned i = 0; i < COUNT; i++)
        records[i] = (struct record){next_random(&seed) % 65536, i};
}

static void swap(struct record *a, struct record *b)
{
    struct record old = *a;

    *a = *b;
    *b = old;
}

static int by_key(const struct record *a, const struct record *b)
{
    return a->key < b->key ? -1 : a->key > b->key;
}

static int by_value(const struct record *a, const struct record *b)
{
    return a->value < b->value ? -1 : a->value > b->value;
}

static void sift(size_t at, size_t size)
{
    for (size_t child; (child = 2 * at + 1) < size; at = child) {
        child += child + 1 < size && records[child + 1].key > records[child].key;
        if (records[at].key >= records[child].key)
            return;
        swap(&records[at], &records[child]);
    }
}

static void heap_sort(void)
{
    for (size_t at = COUNT / 2; at-- > 0;)
        sift(at, COUNT);
    for (size_t size = COUNT - 1; size > 0; size--) {
        swap(&records[0], &records[size]);
        sift(0, size);
    }
}

static void quick_sort(struct record *low, struct record *high, compare_fn *compare)
{
    while (low < high) {
        struct record middle = low[(high - low) / 2], *i = low, *j = high;

        while (i <= j) {
            while (compare(i, &middle) < 0)
                i++;
            while (compare(j, &middle) > 0)
                j--;
            if (i <= j)
                swap(i++, j--);
        }
        quick_sort(low, j, compare);
        low = i;
    }
}

static void sort_by_digits(void)
{
    for (unsigned shift = 0; shift < 16; shift += 4) {
        unsigned starts[17] = {0};

        for (unsigned i = 0; i < COUNT; i++)
            starts[(records[i].key >> shift & 15) + 1]++;
        for (unsigned i = 1; i < 16; i++)
            starts[i] += starts[i - 1];
        for (unsigned i = 0; i < COUNT; i++)
            others[starts[records[i].key >> shift & 15]++] = records[i];
        memcpy(records, others, sizeof(records));
    }
}

static uint32_t sum_up(uint32_t sum)
{
    for (unsigned i = 0; i < COUNT; i += 7)
        sum = mix(sum, records[i].key);
    return sum;
}

static uint32_t work(uint32_t seed)
{
    uint32_t sum = 0;

    fill(seed);
    heap_sort();
    sum = sum_up(sum);
    quick_sort(records, records + COUNT - 1, by_value);
    sum = sum_up(sum);
    quick_sort(records, records + COUNT - 1, by_key);
    sum = sum_up(sum);
    fill(seed + 1);
    sort_by_digits();
    return sum_up(sum);
}
