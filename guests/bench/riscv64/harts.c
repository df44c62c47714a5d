/* SPDX-License-Identifier: MIT */
/*
 * N rounds over a page of numbers, shared by harts: measures the cost of turns.
 *
 *   harts N HARTS
 */
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>

#define HARTS_MAX 8
#define WORDS     512

static uint64_t data[HARTS_MAX][WORDS];
static uint64_t sums[HARTS_MAX];
static unsigned long rounds;

/* Makes a few steps of Collatz's sequence for each word: branches that a CPU cannot predict. */
static void work(void *argument)
{
    unsigned hart = hart_id();
    uint64_t sum = 0;

    (void)argument;
    for (unsigned long i = 0; i < rounds; i++)
        for (unsigned j = 0; j < WORDS; j++) {
            uint64_t value = data[hart][j] + j + 1;

            for (unsigned k = 0; k < 8; k++)
                value = value % 2 ? 3 * value + 1 : value / 2;
            data[hart][j] = value % 1000;
            sum += value;
        }
    sums[hart] = sum;
}

int main(int argc, char **argv)
{
    unsigned long harts = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;

    rounds = (argc > 1 ? strtoul(argv[1], NULL, 10) : 1) / harts;
    for (unsigned i = 1; i < harts; i++)
        if (hart_start(i, work, NULL))
            return 1;
    work(NULL);
    for (unsigned i = 1; i < harts; i++)
        hart_join(i);
    printf("%016lx\n", sums[harts - 1]);
    return 0;
}
