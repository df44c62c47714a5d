/* SPDX-License-Identifier: MIT */
/*
 * Keys with a time limit. `wait` first waits for keys that do not come: alone, while a timer ticks,
 * with interrupts off, and in a tick. Then it shows keys, up to a q. With several harts, another
 * one prints meanwhile.
 */
#include "check.h"

#include <guest.h>
#include <string.h>

#define LIMIT (200 * NS_PER_MS)

static volatile unsigned ticks;
static volatile bool ended;

static void tick(void)
{
    ticks++;
}

static void read_in_tick(void)
{
    char key;

    ticks++;
    CHECK_EQ(console_read_for(&key, 1, 10 * NS_PER_MS), -1);
}

static void print(void *unused)
{
    (void)unused;
    while (!ended) {
        printf("other\n");
        sleep_ns(20 * NS_PER_MS);
    }
}

/* Each call makes EXIT_KIND_COUNT exits itself, which the next one counts. */
static uint64_t exits(void)
{
    uint64_t sum = 0;

    for (int kind = 0; kind < EXIT_KIND_COUNT; kind++)
        sum += vm_exit_count((enum exit_kind)kind);
    return sum;
}

/* Waits for a key that does not come. Returns how many exits that took. */
static uint64_t wait_in_vain(void)
{
    uint64_t start = time_ns(), before = exits(), after;
    char key;

    CHECK_EQ(console_read_for(&key, 1, LIMIT), -1);
    after = exits();
    CHECK(time_ns() - start >= LIMIT);
    return after - before - EXIT_KIND_COUNT;
}

static void wait(void)
{
    uint64_t start;

    CHECK(wait_in_vain() <= 4);
    timer_every(20 * NS_PER_MS, tick);
    CHECK(wait_in_vain() <= 8 * 10 && ticks >= 3);
    ticks = 0;
    irq_disable();
    sbi_wait(LAB_EVENT_TIMER);
    CHECK(wait_in_vain() <= 4 && ticks == 0);
    irq_wait();
    CHECK(ticks > 0);
    irq_enable();
    timer_stop();
    ticks = 0;
    start = time_ns();
    timer_every(20 * NS_PER_MS, read_in_tick);
    sleep_ns(LIMIT);
    timer_stop();
    CHECK(time_ns() - start >= LIMIT && ticks >= 3);
}

int main(int argc, char **argv)
{
    char keys[4];
    long got;

    if (hart_count() > 1)
        hart_start(1, print, NULL);
    if (argc > 1 && strcmp(argv[1], "wait") == 0)
        wait();
    printf("ready\n");
    while ((got = console_read_for(keys, sizeof(keys), 60 * NS_PER_S)) > 0 && keys[0] != 'q')
        printf("%ld: %.*s\n", got, (int)got, keys);
    CHECK(got >= 0);
    ended = true;
    if (hart_count() > 1)
        hart_join(1);
    printf("the end\n");
    return 0;
}
