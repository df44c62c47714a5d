/* SPDX-License-Identifier: MIT */
/* The runtime's harts: start, join, restart, IPIs, timers, locks, malloc and lines of output. */
#include <guest.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define ROUNDS 50
#define SLEEPS 200

static volatile unsigned long ran[32], ticks[32];
static _Atomic unsigned long ipis[32];
static unsigned long counter;
static struct spinlock lock;
static struct barrier barrier;
static _Atomic bool leave, off[32], sent[32];
static volatile uint64_t clock_before, clocks[32];

static void tick(void)
{
    ticks[hart_id()]++;
}

static void on_ipi(void)
{
    ipis[hart_id()]++;
}

/* Each hart has its own timer, stack and interrupts. */
static void own_timer(void *argument)
{
    unsigned id = hart_id();

    CHECK_EQ((uintptr_t)argument, id + 100);
    CHECK_EQ(irq_disable(), false);
    ran[id]++;
    clocks[id] = time_ticks();
    CHECK(clocks[id] >= clock_before);
    timer_every(5 * NS_PER_MS, tick);
    while (ticks[id] < 3)
        ;
    timer_stop();
    /* The deadlines of all harts are close to each other: none may be lost because of another. */
    for (unsigned i = 0; i < SLEEPS; i++)
        sleep_ns((10 + i % 3 + id) * NS_PER_US);
}

static void use_library(void *unused)
{
    (void)unused;
    barrier_wait(&barrier);
    for (int i = 0; i < ROUNDS; i++) {
        char *p = malloc(100 + (size_t)i);

        CHECK(p != NULL);
        memset(p, (int)hart_id(), 100 + (size_t)i);
        spin_lock(&lock);
        counter++;
        spin_unlock(&lock);
        for (int j = 0; j < 100 + i; j++)
            CHECK_EQ(p[j], (char)hart_id());
        free(p);
        if (i % 10 == 0)
            printf("line %d of hart %u\n", i / 10, hart_id());
    }
    barrier_wait(&barrier);
}

/* Takes interrupts while it computes, and while it waits. */
static void take_ipis(void *unused)
{
    unsigned id = hart_id();

    (void)unused;
    off[id] = true;
    while (!sent[id])
        ;
    CHECK_EQ(ipis[id], 0);
    irq_enable();
    while (ipis[id] < 1)
        ;
    irq_disable();
    while (ipis[id] < 2)
        irq_wait();
    while (!leave)
        irq_wait();
}

static unsigned self; /* firmware may have started us on any hart */

static void on_all(void (*function)(void *), uintptr_t argument)
{
    for (unsigned i = 0; i < hart_count(); i++)
        if (i != self)
            CHECK_EQ(hart_start(i, function, (void *)(argument + i)), 0);
}

static void join_all(void)
{
    for (unsigned i = 0; i < hart_count(); i++)
        CHECK_EQ(hart_join(i), i == self ? SBI_ERR_INVALID_PARAM : 0);
}

static void check_ipis(void)
{
    ipi_set_handler(on_ipi);
    on_all(take_ipis, 0);
    for (unsigned i = 0; i < hart_count(); i++) {
        CHECK_EQ(hart_start(i, take_ipis, NULL), SBI_ERR_ALREADY_AVAILABLE);
        if (i == self)
            continue;
        while (!off[i])
            ;
        ipi_send(i); /* one that has to wait */
        sent[i] = true;
        while (ipis[i] < 1)
            ;
        ipi_send(i);
        while (ipis[i] < 2)
            ;
    }
    leave = true;
    for (unsigned i = 0; i < hart_count(); i++)
        ipi_send(i);
    join_all();
}

/* Returns, which stops the hart, while an IPI is pending. */
static void leave_ipi(void *unused)
{
    unsigned id = hart_id();

    (void)unused;
    off[id] = true;
    while (!sent[id])
        ;
}

static void expect_no_ipi(void *unused)
{
    (void)unused;
    ipis[hart_id()] = 0;
    irq_enable(); /* an IPI that is pending comes now */
    sleep_ns(NS_PER_US);
    CHECK_EQ(ipis[hart_id()], 0);
}

/* A hart starts without IPIs from before its stop, and without those sent while it was stopped. */
static void check_old_ipis(void)
{
    memset((void *)off, 0, sizeof(off));
    memset((void *)sent, 0, sizeof(sent));
    on_all(leave_ipi, 0);
    for (unsigned i = 0; i < hart_count(); i++) {
        while (i != self && !off[i])
            ;
        if (i != self)
            ipi_send(i);
        sent[i] = true;
        hart_join(i);
        if (i != self)
            ipi_send(i);
    }
    for (unsigned i = 0; i < hart_count(); i++)
        if (i != self)
            CHECK_EQ(hart_start(i, expect_no_ipi, NULL), 0);
    join_all();
}

static void idle(void *unused)
{
    (void)unused;
}

/* The hart that runs main never stops, and cannot be started. */
static void use_first(void *unused)
{
    (void)unused;
    CHECK_EQ(hart_join(self), SBI_ERR_INVALID_PARAM);
    CHECK_EQ(hart_start(self, idle, NULL), SBI_ERR_ALREADY_AVAILABLE);
}

/* The ends of harts are no IPIs for the guest's handler, for a hart that waits or for another one.
 */
static void check_no_ipis(void)
{
    irq_enable();
    while (ipis[self] == 0)
        ; /* the one that it has sent to itself comes now */
    memset((void *)ipis, 0, sizeof(ipis));
    for (int round = 0; round < 10; round++) {
        on_all(round % 2 ? idle : use_first, 0);
        join_all();
    }
    sleep_ns(NS_PER_US);
    irq_disable();
    CHECK_EQ(ipis[self], 0);
    CHECK_EQ(hart_join(hart_count()), SBI_ERR_INVALID_PARAM);
}

int main(void)
{
    self = hart_id();
    CHECK_EQ(hart_start(self, own_timer, NULL), SBI_ERR_ALREADY_AVAILABLE);
    CHECK_EQ(hart_start(hart_count(), own_timer, NULL), SBI_ERR_INVALID_PARAM);
    for (unsigned long round = 1; round <= 2; round++) {
        memset((void *)ticks, 0, sizeof(ticks));
        clock_before = time_ticks();
        on_all(own_timer, 100);
        join_all();
        for (unsigned i = 0; i < hart_count(); i++) {
            CHECK_EQ(ran[i], i == self ? 0 : round);
            CHECK(clocks[i] <= time_ticks());
        }
    }
    barrier.count = hart_count();
    on_all(use_library, 0);
    use_library(NULL);
    join_all();
    CHECK_EQ(counter, (unsigned long)hart_count() * ROUNDS);
    check_ipis();
    check_no_ipis();
    if (sbi_get_impl_id().value == SBI_IMPL_ID) /* firmware may do it in another way */
        check_old_ipis();
    printf("%u harts are right\n", hart_count());
    return 0;
}
