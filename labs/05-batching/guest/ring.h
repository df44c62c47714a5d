/* SPDX-License-Identifier: MIT */
/*
 * The ring that guest and VMM share, in the guest's memory. Both include this file. The guest fills
 * slots and increments head, the VMM empties them and increments tail. Each counter has one writer,
 * and wraps around. The text with counter n is in slot n % RING_SLOTS.
 */
#ifndef RING_H
#define RING_H

#include <stdint.h>

#define RING_SLOTS 16u

struct ring_slot {
    uint64_t address; /* guest physical */
    uint64_t length;  /* bytes */
};

struct ring {
    volatile uint32_t head; /* slots filled so far */
    volatile uint32_t tail; /* slots emptied so far */
    struct ring_slot slots[RING_SLOTS];
};

#endif
