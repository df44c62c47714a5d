/* SPDX-License-Identifier: MIT */
/* Gives the VMM a ring with wrong counters and texts. */
#include <guest.h>
#include <stdio.h>
#include <string.h>

#include "ring.h"

static struct ring ring;

static void fill(uintptr_t address, uint64_t length)
{
    ring.slots[ring.head % RING_SLOTS] = (struct ring_slot){address, length};
    ring.head++;
}

int main(void)
{
    static const char text[] = "text\n";

    printf("no ring: %ld\n", sbi_doorbell().error);
    printf("outside RAM: %ld\n", sbi_set_ring(ram_end() - 16).error);
    sbi_set_ring((uintptr_t)&ring);
    printf("empty: %ld\n", sbi_doorbell().value);
    ring.head = RING_SLOTS + 1;
    printf("too many: %ld\n", sbi_doorbell().error);
    ring.tail = 5;
    ring.head = 3;
    printf("fewer than none: %ld\n", sbi_doorbell().error);
    ring.head = ring.tail = 0;
    fill((uintptr_t)text, 5);
    memcpy((char *)ram_end() - 3, "out", 3);
    fill(ram_end() - 3, 4);
    fill((uintptr_t)text, 5);
    printf("a text that ends outside: %ld\n", sbi_doorbell().error);
    printf("tail: %u\n", ring.tail);
    ring.slots[1] = (struct ring_slot){(uintptr_t)text, ~0ul};
    printf("a length that overflows: %ld\n", sbi_doorbell().error);
    ring.slots[1].length = 0;
    printf("no bytes: %ld\n", sbi_doorbell().value);
    return 0;
}
