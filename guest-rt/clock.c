/* SPDX-License-Identifier: MIT */
/*
 * <time.h> on the timebase. Splits a count of ticks into seconds and the rest. Otherwise the
 * product with 10^9 overflows; so it does not, below 18 GHz.
 */
#include <errno.h>
#include <limits.h>
#include <time.h>

#include "rt.h"

#define NSEC_PER_SEC 1000000000u

clock_t clock(void)
{
    uint64_t ticks = time_ticks(), frequency = time_frequency();
    uint64_t seconds = ticks / frequency, rest = ticks % frequency;

    if (seconds >= LONG_MAX / CLOCKS_PER_SEC)
        return -1;
    return (clock_t)(seconds * CLOCKS_PER_SEC + rest * CLOCKS_PER_SEC / frequency);
}

static int refuse(void)
{
    errno = EINVAL;
    return -1;
}

time_t time(time_t *now)
{
    int64_t ns = wall_clock_ns();
    time_t seconds = ns < 0 ? refuse() : ns / NSEC_PER_SEC;

    if (now)
        *now = seconds;
    return seconds;
}

int clock_gettime(clockid_t id, struct timespec *now)
{
    if (id == CLOCK_REALTIME) {
        int64_t ns = wall_clock_ns();

        if (ns < 0)
            return refuse();
        *now = (struct timespec){.tv_sec = ns / NSEC_PER_SEC, .tv_nsec = ns % NSEC_PER_SEC};
        return 0;
    }
    if (id != CLOCK_MONOTONIC)
        return refuse();
    uint64_t ticks = time_ticks(), frequency = time_frequency();
    now->tv_sec = (time_t)(ticks / frequency);
    now->tv_nsec = (long)(ticks % frequency * NSEC_PER_SEC / frequency);
    return 0;
}

int clock_getres(clockid_t id, struct timespec *resolution)
{
    if (id != CLOCK_MONOTONIC && id != CLOCK_REALTIME)
        return refuse();
    if (resolution) { /* a tick, rounded up */
        uint64_t frequency = time_frequency();
        uint64_t nanoseconds = (NSEC_PER_SEC + frequency - 1) / frequency;
        resolution->tv_sec = (time_t)(nanoseconds / NSEC_PER_SEC);
        resolution->tv_nsec = (long)(nanoseconds % NSEC_PER_SEC);
    }
    return 0;
}
