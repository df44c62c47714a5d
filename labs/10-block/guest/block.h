/* SPDX-License-Identifier: MIT */
/* The driver of the block device, in the guest. */
#ifndef BLOCK_H
#define BLOCK_H

#include <stdint.h>

/* Sets up the queue and the interrupt. */
void block_start(void);

/* Puts a request into the queue. If the queue is full, first has all its requests handled;
 * otherwise makes no exit. */
void block_put(uint32_t type, uint32_t sector, uint32_t sectors, void *buffer);

/* Has all requests in the queue handled: one notification, and one interrupt, for which it sleeps.
 * Returns the number of requests since the last call that have failed. */
unsigned block_finish(void);

extern volatile unsigned block_interrupts; /* so far */

#endif
