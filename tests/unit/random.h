/* SPDX-License-Identifier: MIT */
/*
 * The same random numbers in every run.
 */
#ifndef UNIT_RANDOM_H
#define UNIT_RANDOM_H

#include <stdint.h>

static uint64_t random_seed = 88172645463325252u;

__attribute__((unused)) static uint64_t random64(void)
{
    random_seed ^= random_seed << 13;
    random_seed ^= random_seed >> 7;
    random_seed ^= random_seed << 17;
    return random_seed;
}

/* Returns a number from 0 to n - 1. */
__attribute__((unused)) static unsigned random_below(unsigned n)
{
    return (unsigned)((random64() >> 32) % n);
}

/* Returns any number; small ones, and the limits of types, are as likely as all others together. */
__attribute__((unused)) static uint64_t random_edge(void)
{
    uint64_t n = random_below(2) ? random64() : (uint64_t)1 << random_below(64);

    n >>= random_below(64);
    n += random_below(3) - (uint64_t)1;
    return random_below(2) ? n : -n;
}

#endif
