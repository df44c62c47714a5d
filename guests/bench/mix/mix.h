/* SPDX-License-Identifier: MIT */
/*
 * The programs of this folder: each does rounds of one kind of work, in plain C without
 * floating point, and prints a number that depends on all of it. They show how fast a machine
 * computes (bench/soft.py). results.txt has what each prints after 100 rounds.
 *
 *   PROGRAM N      prints the number after N rounds
 */
#ifndef BENCH_MIX_H
#define BENCH_MIX_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The program's work. `seed` chooses its data. The result depends on every step. */
static uint32_t work(uint32_t seed);

/* A step of FNV-1a, for 32 bits at once. */
static inline uint32_t mix(uint32_t sum, uint32_t value)
{
    return (sum ^ value) * 0x01000193;
}

/* Returns the next of a row of numbers of 24 bits. */
static inline uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

int main(int argc, char **argv)
{
    uint32_t n = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1, sum = 1;

    for (uint32_t i = 0; i < n; i++)
        sum = mix(sum, work(sum));
    printf("%08x\n", (unsigned)sum);
    return 0;
}

#endif
