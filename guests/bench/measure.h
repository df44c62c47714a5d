/* How the guests of `make compare` measure: by the guest's own clock. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <guest.h>
#include <stdio.h>

#define BATCHES 9

/* Prints a line: the name, and the time that one of count takes, in ns. */
static inline void print_time(const char *name, uint64_t ticks, uint64_t count)
{
    unsigned long ps = ticks * 1000000 / count * 1000 / (time_frequency() / 1000);

    printf("%s %lu.%03lu\n", name, ps / 1000, ps % 1000);
}

/*
 * Measures once(), which is compiled into the loop here, in batches of a millisecond at least. The
 * shortest batch counts: whatever else the machine does only adds to it.
 */
static inline __attribute__((always_inline)) void measure(const char *name, void (*once)(void))
{
    uint64_t batch = time_frequency() / 1000, count = 1, best = UINT64_MAX;

    for (unsigned batches = 0; batches < BATCHES;) {
        uint64_t start = time_ticks(), ticks;

        for (uint64_t i = count; i > 0; i--)
            once();
        ticks = time_ticks() - start;
        if (ticks < batch && batches == 0) {
            count *= 2;
            continue;
        }
        best = ticks < best ? ticks : best;
        batches++;
    }
    print_time(name, best, count);
}

#endif
