/* SPDX-License-Identifier: MIT */
/*
 * A bomb of five phases: NUMBER [ANSWER]... It prints nothing about them. Observe its exits.
 */
#include <call.h>
#include <guest.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define PHASES  5
#define UNKNOWN 0x0B000000u /* this extension and the next ones do not exist */

static uint32_t state;

/* A linear congruential generator. Its high bits are more random than its low bits. */
static uint32_t next(void)
{
    state = state * 1664525 + 1013904223;
    return state >> 8;
}

/* Each phase makes exits, and returns the answer that defuses it. */

static uint64_t phase_1(void)
{
    uint32_t secret = next();

    sbi_trap0(UNKNOWN + secret % 0x10000, secret >> 16);
    return UNKNOWN + secret % 0x10000;
}

static uint64_t phase_2(void)
{
    uint32_t count = 5 + next() % 60;

    for (uint32_t i = 0; i < count; i++)
        sbi_get_spec_version();
    return count;
}

static uint64_t phase_3(void)
{
    uint32_t distance = 1000 + next() % 100000;
    uint64_t first = time_ticks() + time_frequency();

    sbi_set_timer(first);
    sbi_set_timer(first + distance);
    sbi_set_timer(UINT64_MAX);
    return distance;
}

static uint64_t phase_4(void)
{
    uint32_t count = 20 + next() % 40, right = next() % count;

    for (uint32_t i = 0; i < count; i++)
        sbi_hart_get_status(i == right ? 0 : 1 + next() % 1000);
    return right + 1;
}

static uint64_t phase_5(void)
{
    uint64_t sum = 0;

    for (int i = 0; i < 31; i++) {
        uint32_t extension = UNKNOWN + next() % 0x100000;

        sum ^= extension;
        sbi_probe_extension(extension);
    }
    return sum;
}

int main(int argc, char **argv)
{
    static uint64_t (*const phases[PHASES])(void) = {phase_1, phase_2, phase_3, phase_4, phase_5};

    state = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
    for (int i = 0; i < PHASES; i++) {
        uint64_t wanted = phases[i]();

        if (argc <= 2 + i)
            continue;
        if (strtoul(argv[2 + i], NULL, 0) != wanted) {
            printf("BOOM: phase %d\n", i + 1);
            return 1;
        }
        printf("phase %d is defused\n", i + 1);
    }
    return 0;
}
