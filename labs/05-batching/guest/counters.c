/* SPDX-License-Identifier: MIT */
/* Fills a ring by hand, whose counters are about to wrap around: ROUNDS. */
#include <call.h>
#include <stdio.h>
#include <stdlib.h>

#include "ring.h"

static struct ring ring;

int main(int argc, char **argv)
{
    static const char text[] = "0123456789abcdef";
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 1;

    ring.head = ring.tail = UINT32_MAX - 20;
    sbi_set_ring((uintptr_t)&ring);
    for (long round = 0; round < rounds; round++) {
        for (unsigned i = 0; i <= round % RING_SLOTS; i++, ring.head++)
            ring.slots[ring.head % RING_SLOTS] = (struct ring_slot){(uintptr_t)text + i, 1};
        printf(" %ld\n", sbi_doorbell().value);
    }
    printf("left: %u\n", ring.head - ring.tail);
    return 0;
}
