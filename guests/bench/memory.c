/* SPDX-License-Identifier: MIT */
/*
 * A load on memory: N rounds of a sieve, two ways to sort, and a walk along pointers, over
 * 256 KiB to 1 MiB each. Prints a checksum.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIEVE_SIZE (1u << 18)
#define SORT_SIZE  (1u << 14)
#define CHASE_SIZE (1u << 14)

static uint8_t composite[SIEVE_SIZE];
static int32_t numbers[SORT_SIZE], merged[SORT_SIZE];

/* One cache line each, 1 MiB in all. */
static struct stop {
    struct stop *next;
    uint64_t visits;
    uint8_t rest[48];
} stops[CHASE_SIZE];

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static uint32_t sieve(void)
{
    uint32_t count = 0;

    memset(composite, 0, sizeof(composite));
    for (uint32_t n = 2; n < SIEVE_SIZE; n++) {
        if (composite[n])
            continue;
        count++;
        for (uint32_t multiple = 2 * n; multiple < SIEVE_SIZE; multiple += n)
            composite[multiple] = 1;
    }
    return count;
}

static void fill(uint32_t seed)
{
    for (uint32_t i = 0; i < SORT_SIZE; i++)
        numbers[i] = (int32_t)next_random(&seed);
}

static void quick_sort(int32_t *first, int32_t *last)
{
    while (first < last) {
        int32_t pivot = first[(last - first) / 2], *low = first, *high = last;

        while (low <= high) {
            while (*low < pivot)
                low++;
            while (*high > pivot)
                high--;
            if (low <= high) {
                int32_t swapped = *low;

                *low++ = *high;
                *high-- = swapped;
            }
        }
        quick_sort(first, high);
        first = low;
    }
}

/* Sorts bottom-up: merges runs of 1, 2, 4 and so on, from one array to the other and back. */
static const int32_t *merge_sort(void)
{
    int32_t *from = numbers, *to = merged;

    for (uint32_t run = 1; run < SORT_SIZE; run *= 2) {
        int32_t *old = from;

        for (uint32_t start = 0; start < SORT_SIZE; start += 2 * run) {
            uint32_t a = start, b = start + run, middle = b, end = b + run;

            for (uint32_t i = start; i < end; i++)
                to[i] = b == end || (a < middle && from[a] <= from[b]) ? from[a++] : from[b++];
        }
        from = to;
        to = old;
    }
    return from;
}

/* Links all stops into one ring, in a random order. */
static void make_ring(uint32_t seed)
{
    static uint32_t order[CHASE_SIZE];

    for (uint32_t i = 0; i < CHASE_SIZE; i++)
        order[i] = i;
    for (uint32_t i = CHASE_SIZE - 1; i > 0; i--) {
        uint32_t other = next_random(&seed) % i, swapped = order[i];

        order[i] = order[other];
        order[other] = swapped;
    }
    for (uint32_t i = 0; i < CHASE_SIZE; i++)
        stops[order[i]].next = &stops[order[(i + 1) % CHASE_SIZE]];
}

static uint32_t chase(unsigned rounds)
{
    struct stop *stop = stops;

    for (uint32_t i = 0; i < rounds * CHASE_SIZE + CHASE_SIZE / 3; i++) {
        stop->visits++;
        stop = stop->next;
    }
    return (uint32_t)(stop - stops) + (uint32_t)stops[1].visits;
}

static uint32_t mix(uint32_t sum, uint32_t value)
{
    return (sum ^ value) * 0x01000193;
}

int main(int argc, char **argv)
{
    uint32_t n = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1, sum = 0;

    make_ring(1);
    for (uint32_t i = 0; i < n; i++) {
        sum = mix(sum, sieve());
        fill(i);
        quick_sort(numbers, numbers + SORT_SIZE - 1);
        sum = mix(sum, (uint32_t)numbers[SORT_SIZE / 2]);
        fill(i + 1);
        sum = mix(sum, (uint32_t)merge_sort()[SORT_SIZE / 3]);
        sum = mix(sum, chase(16));
    }
    printf("sum %08x\n", sum);
    return 0;
}
