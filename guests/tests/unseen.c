/* SPDX-License-Identifier: MIT */
/* unseen [MS]
 *
 * A guest for gdb, whose end tells whether the debugger has changed anything: its code, which it
 * reads as data; the writes of several instructions and of the VMM to one word; interrupts that end
 * a halt, each after MS milliseconds; harts; a recursion. */
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include <halt.h> /* of the machine's own folder */

#define ROUNDS    3
#define PERIOD_MS 100 /* steps are slow on KVM, and time goes on */

static volatile long cell[2] __attribute__((aligned(64)));
static volatile int ticks;
static volatile long parts[LAB_HARTS_MAX];

static void tick(void)
{
    ticks++;
}

/* Only the interrupt that ends the halt can come: none before it, and none after. */
__attribute__((noinline)) static void idle(void)
{
    __asm__ volatile(HALT_ONCE ::: "memory");
}

__attribute__((noinline)) long add(long n)
{
    cell[0] += n;
    return cell[0];
}

__attribute__((noinline)) static long factorial(long n)
{
    return n <= 1 ? 1 : n * factorial(n - 1);
}

static void work(void *unused)
{
    unsigned hart = hart_id();

    (void)unused;
    for (long i = 1; i <= 20; i++)
        parts[hart] += i;
}

__attribute__((noinline)) static void write_cell(void)
{
    long expected = 6;

    cell[0] = 1;
    __atomic_fetch_add(&cell[0], 5, __ATOMIC_SEQ_CST);
    __atomic_compare_exchange_n(&cell[0], &expected, 7, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    ((volatile char *)cell)[1] = 1;
    cell[1] = 5;
    sbi_get_args(sizeof(cell[0]), (uintptr_t)cell, 0); /* the VMM writes the guest's name */
    cell[0] = 0;
}

__attribute__((noinline)) static unsigned long checksum(void)
{
    const unsigned long *at = (const unsigned long *)LAB_LINK_BASE;
    const unsigned long *end = (const unsigned long *)((uintptr_t) "constants" & ~4095ul);
    unsigned long sum = 0;

    for (; at < end; at++)
        sum = (sum << 5 | sum >> 59) ^ *at;
    return sum;
}

int main(int argc, char **argv)
{
    long period = argc > 1 ? atol(argv[1]) : PERIOD_MS;
    long sum = 0;

    for (int i = 0; i < ROUNDS; i++) {
        timer_every((uint64_t)period * NS_PER_MS, tick);
        irq_disable();
        idle();
        timer_stop();
    }
    write_cell();
    for (unsigned i = 1; i < hart_count(); i++)
        hart_start(i, work, NULL);
    work(NULL);
    for (unsigned i = 0; i < hart_count(); i++) {
        hart_join(i); /* for this hart itself, it does not wait */
        sum += parts[i];
    }
    for (long i = 1; i <= ROUNDS; i++)
        add(i);
    printf("cell %ld, factorial %ld, parts %ld\n", cell[0], factorial(5), sum);
    printf("ticks %d, code %lx\n", ticks, checksum());
    return (int)cell[0];
}
