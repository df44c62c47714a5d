/* SPDX-License-Identifier: MIT */
/* Measurements by the guest's own clock, for the guests of `make compare`. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <guest.h>
#include <stdio.h>

#define BATCHES 20

struct trip {
    const char *name;
    uint64_t (*batch)(uint64_t count); /* does it `count` times; returns the ticks that took */
    uint64_t count;                    /* in a batch, which takes a millisecond */
    uint64_t best;                     /* ticks of the shortest batch */
};

/* Defines a batch: once() is compiled into the loop. */
static inline __attribute__((always_inline)) uint64_t time_batch(uint64_t count, void (*once)(void))
{
    uint64_t start = time_ticks();

    for (; count > 0; count--) {
        once();
        __asm__ volatile("" : "+r"(count)); /* gcc 14 would do two rounds at once */
    }
    return time_ticks() - start;
}

/* Prints a line: the name, and the time in ns of one of `count`. */
static inline void print_time(const char *name, uint64_t ticks, uint64_t count)
{
    unsigned long ps = ticks * 1000000 / count * 1000 / (time_frequency() / 1000);

    printf("%s %lu.%03lu\n", name, ps / 1000, ps % 1000);
}

/* Measures trips in turns, so that other load on the machine slows down all of them. Such load only
 * adds to the times, so the shortest batch of each counts. */
static inline void measure(struct trip *trips, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        trips[i].best = UINT64_MAX;
        trips[i].count = 1;
        while (trips[i].batch(trips[i].count) < time_frequency() / 1000)
            trips[i].count *= 2;
    }
    for (unsigned round = 0; round < BATCHES; round++)
        for (size_t i = 0; i < n; i++) {
            uint64_t ticks = trips[i].batch(trips[i].count);

            trips[i].best = ticks < trips[i].best ? ticks : trips[i].best;
        }
    for (size_t i = 0; i < n; i++)
        print_time(trips[i].name, trips[i].best, trips[i].count);
}

#endif
