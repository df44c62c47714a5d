/* SPDX-License-Identifier: MIT */
/* soak SECONDS PERIOD_MS
 *
 * Does for a long time what guests do: ticks, harts that sleep and meet, input that comes back. Its
 * last line tells whether a tick or a meeting is missing. */
#include <guest.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static volatile uint64_t ticks;
static volatile bool over, last; /* last: of the meetings */
static uint64_t meetings[LAB_HARTS_MAX];
static struct barrier barrier;

static void tick(void)
{
    ticks++;
}

/* Sleeps 100 ms, and waits for the others, until hart 0 says that it is over. One hart asks that,
 * so that all leave after the same meeting. */
static void meet(void *unused)
{
    (void)unused;
    while (!last) {
        sleep_ns(100 * NS_PER_MS);
        barrier_wait(&barrier);
        if (hart_id() == 1)
            last = over;
        barrier_wait(&barrier);
        meetings[hart_id()]++;
    }
}

int main(int argc, char **argv)
{
    uint64_t seconds = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t period = (argc > 2 ? strtoull(argv[2], NULL, 10) : 10) * NS_PER_MS;
    uint64_t start, expected, counted;
    unsigned harts = hart_count();
    bool input = true, wrong;

    barrier.count = harts > 1 ? harts - 1 : 1;
    for (unsigned i = 1; i < harts; i++)
        hart_start(i, meet, NULL);
    start = time_ns();
    timer_every(period, tick);
    while (time_ns() - start < seconds * NS_PER_S) {
        char text[64];
        long got = input ? console_read_for(text, sizeof(text), period) : 0;

        if (got > 0)
            printf("%.*s", (int)got, text);
        else if (got == 0) {
            input = false; /* its end: the time goes on */
            sleep_ns(period);
        }
    }
    /* At a tick, all that came before it are counted, also those left out. */
    for (uint64_t before = ticks; ticks == before;)
        sleep_ns(period / 10);
    expected = (time_ns() - start) / period;
    timer_stop();
    counted = ticks + timer_dropped();
    over = true;
    for (unsigned i = 1; i < harts; i++)
        hart_join(i);
    wrong = counted + 1 < expected || counted > expected + 1;
    for (unsigned i = 2; i < harts; i++)
        wrong |= meetings[i] != meetings[1];
    printf("%" PRIu64 " ticks, %" PRIu64 " left out, of %" PRIu64 "; %" PRIu64 " meetings\n", ticks,
           timer_dropped(), expected, meetings[1]);
    return wrong;
}
