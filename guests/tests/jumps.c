/* SPDX-License-Identifier: MIT */
/*
 * longjmp out of traps and ticks: interrupts are as in the code that was interrupted, and no lock
 * of the runtime stays taken.
 */
#include <guest.h>
#include <setjmp.h>
#include <string.h>

#include "check.h"
#include "stack.h"

static jmp_buf back;
static char *volatile nowhere = (char *)8;
static char line[400];
static volatile unsigned ticks;

static bool irq_is_on(void)
{
    bool on = irq_disable();

    irq_restore(on);
    return on;
}

static bool on_fault(struct trap *trap)
{
    (void)trap;
    longjmp(back, 1);
}

static void print(void *text)
{
    fwrite(text, 1, strlen(text), stdout);
}

/* Prints on another hart. That waits for ever if this hart still holds a lock. */
static void print_elsewhere(const char *text)
{
    if (hart_count() == 1) {
        print((void *)text);
        return;
    }
    CHECK_EQ(hart_start(1, print, (void *)text), 0);
    hart_join(1);
}

/* Each way to print a string that cannot be read. The last one fails with the lock held. */
static void fail(int way)
{
    memset(line, '-', sizeof(line) - 1);
    if (way == 0)
        printf("never printed: %s\n", nowhere);
    else if (way == 1)
        printf("never printed: %s %s\n", line, nowhere);
    else if (way == 2)
        puts(nowhere);
    else
        fwrite(nowhere, 1, 10, stdout);
}

static void check_strings(bool on)
{
    static const char *const texts[] = {"printf\n", "long\n", "puts\n", "fwrite\n"};

    for (volatile int way = 0; way < 4; way++) {
        irq_restore(on);
        if (setjmp(back) == 0) {
            fail(way);
            CHECK(false);
        }
        CHECK_EQ(irq_is_on(), on);
        print_elsewhere(texts[way]);
    }
}

/* A deadline: the tick ends an endless loop. */
static void deadline(void)
{
    ticks++;
    longjmp(back, 2);
}

static void check_deadline(void)
{
    volatile unsigned rounds = 0;

    irq_disable();
    if (setjmp(back) == 2) {
        rounds++;
        CHECK(irq_is_on());
    }
    if (rounds == 0)
        timer_every(200 * NS_PER_US, deadline);
    while (rounds < 3)
        ;
    timer_stop();
    irq_disable();
    CHECK(ticks >= 3);
}

/* Two coroutines that a tick switches between, one on main's stack, one on its own. A tick takes
 * less than the period, also on a slow machine. Otherwise one of the two may never get time. */
#define SWITCH_NS (1000 * NS_PER_US)
static jmp_buf outside, inside;
static volatile unsigned long counted[2];
static volatile bool second, was_slow;

/* Once, until the next tick is due: that comes as soon as longjmp turns interrupts on. */
static void be_slow(void)
{
    uint64_t until = time_ns() + 2 * SWITCH_NS;

    while (time_ns() < until)
        ;
}

static void swap(void)
{
    bool was = second;

    if (!was_slow)
        be_slow();
    was_slow = true;
    second = !was;
    if (setjmp(was ? inside : outside) == 0)
        longjmp(was ? outside : inside, 1);
    CHECK_EQ(irq_is_on(), false); /* in a tick again */
}

static void run_inside(void)
{
    timer_every(SWITCH_NS, swap);
    for (;;)
        counted[1]++;
}

static __attribute__((noinline)) void start_inside(void)
{
    static char stack[16384] __attribute__((aligned(16)));

    USE_STACK(stack + sizeof(stack));
    run_inside();
}

static void check_switches(void)
{
    unsigned long seen[2] = {0, 0};

    trap_set_handler(TRAP_PAGE_FAULT, NULL);
    second = true;
    if (setjmp(outside) == 0)
        start_inside();
    CHECK(irq_is_on());
    for (int rounds = 0; rounds < 5; rounds++) {
        while (counted[1] == seen[1])
            counted[0]++;
        seen[1] = counted[1];
        CHECK(irq_is_on());
    }
    timer_stop();
    irq_disable();
    CHECK(counted[0] > 0);
}

int main(void)
{
    trap_set_handler(TRAP_PAGE_FAULT, on_fault);
    check_strings(false);
    check_strings(true);
    check_deadline();
    check_switches();
    printf("jumps are right\n");
    return 0;
}
