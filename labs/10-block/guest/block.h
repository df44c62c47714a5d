/* SPDX-License-Identifier: MIT */
/* The guest's driver. */
#ifndef BLOCK_H
#define BLOCK_H

#include <stdint.h>

/* Sets up the queue and the interrupt. */
void block_start(void);

/* Puts a request into the queue, which has room for QUEUE_SIZE: when it is full, all of it is
 * handled first. No exit otherwise. */
void block_put(uint32_t type, uint32_t sector, uint32_t sectors, void *buffer);

/* Has all that is in the queue handled: one notification, and one interrupt, for which it sleeps.
 * Returns how many of the requests since the last call have failed. */
unsigned block_finish(void);

extern volatile unsigned block_interrupts; /* so far */

#endif
