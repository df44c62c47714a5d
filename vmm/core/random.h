/* SPDX-License-Identifier: MIT */
/* Numbers that look random, and that a state of 64 bits decides: in virtual time, runs repeat. */
#ifndef CORE_RANDOM_H
#define CORE_RANDOM_H

#include <stdint.h>

/* Returns the next number, and moves the state on. SplitMix64 (Steele, Lea, Flood: Fast splittable
 * pseudorandom number generators, 2014). */
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

#endif
