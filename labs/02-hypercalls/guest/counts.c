/* SPDX-License-Identifier: MIT */
/* Makes 2 * argv[1] calls and a halt. Another hart makes OTHER exits. Prints the VMM's count. */
#include <call.h>
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>

#include "calls.h"

#define OTHER 10
#define STIE  (1ul << 5) /* of sie: the timer interrupt */

static volatile bool begun, ended;

/* The other hart's exits belong to its own vCPU. Both wait without an exit. */
static void make_exits(void *argument)
{
    (void)argument;
    while (!begun)
        ;
    for (unsigned i = 0; i < OTHER; i++)
        sbi_get_spec_version();
    ended = true;
}

/* Makes a call, a halt and a call. Interrupts are off: the timer's ends wfi, and is not handled. */
static void halt(void)
{
    irq_disable();
    sbi_set_timer(time_ticks() + 1000);
    __asm__ volatile("csrw sie, %0\n\twfi" ::"r"(STIE) : "memory");
    sbi_set_timer(UINT64_MAX);
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
    long first = count_exits(), before, calls;

    hart_start(1, make_exits, NULL);
    before = count_exits(), calls = count_exits_of(EXIT_HYPERCALL).value;
    begun = true;
    while (!ended && hart_count() > 1)
        ;
    for (long i = 0; i < rounds; i++) {
        sbi_get_spec_version();
        sbi_get_impl_id();
    }
    halt();
    printf("%ld exits, ", count_exits() - before);
    printf("%ld of them calls\n", count_exits_of(EXIT_HYPERCALL).value - calls);
    printf("before the first count: %ld\n", first);
    printf("halts: %ld\n", count_exits_of(EXIT_HALT).value);
    printf("no such kind: %ld\n", count_exits_of(EXIT_KIND_COUNT).error);
    printf("far from it: %ld\n", count_exits_of(1ul << 32).error);
    return 0;
}
