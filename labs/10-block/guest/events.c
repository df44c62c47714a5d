/* SPDX-License-Identifier: MIT */
/* Shows when the device interrupts. Fills a queue by hand, whose counters begin at START. */
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>

#include "queue.h"

static struct block_queue queue;
static volatile unsigned interrupts;
static uint8_t sector[SECTOR_SIZE];

static void on_interrupt(void)
{
    interrupts++;
}

/* Makes `count` requests, and wants an interrupt at number `wanted` of them. Returns the
 * interrupts. */
static unsigned handle(unsigned count, uint32_t wanted)
{
    unsigned before = interrupts;

    queue.wanted = queue.made + wanted;
    for (unsigned i = 0; i < count; i++)
        queue.requests[queue.made++ % QUEUE_SIZE] =
            (struct block_request){(uintptr_t)sector, i, 1, BLOCK_READ, 9};
    if (sbi_notify().value != (long)count)
        return 99;
    irq_enable();
    irq_disable();
    return interrupts - before;
}

int main(int argc, char **argv)
{
    ipi_set_handler(on_interrupt);
    __asm__ volatile("csrs sie, %0" ::"r"(2ul));
    queue.made = queue.handled = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
    sbi_set_queue((uintptr_t)&queue);
    printf("the first of three: %u\n", handle(3, 0));
    printf("the last of three: %u\n", handle(3, 2));
    printf("one that is still to come: %u\n", handle(3, 3));
    printf("it comes: %u\n", handle(1, 0));
    printf("long ago: %u\n", handle(5, (uint32_t)-1));
    printf("nothing to handle: %u\n", handle(0, 0));
    printf("all of the queue: %u\n", handle(QUEUE_SIZE, 7));
    return 0;
}
