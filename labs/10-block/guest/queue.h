/* SPDX-License-Identifier: MIT */
/*
 * The queue of a block device, in the guest's memory, for both sides. The guest makes requests and
 * increments `made`. The device handles them in order, writes a status to each, and increments
 * `handled`. Counters wrap around. The request with counter n is in slot n % QUEUE_SIZE.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <stdint.h>

#define SECTOR_SIZE  512u
#define DISK_SECTORS 256u
#define QUEUE_SIZE   16u

/* The device's registers, in memory. Each has 4 bytes. */
#define BLOCK_BASE    0x10001000u
#define BLOCK_SIZE    8
#define BLOCK_SECTORS 0 /* read: the sectors of the disk */
#define BLOCK_DOORBELL                                                                             \
    4 /* written with any value: the same as the call notify, without a result                     \
       */

enum { BLOCK_READ = 0, BLOCK_WRITE = 1 };

enum { BLOCK_OK = 0, BLOCK_ERROR = 1, BLOCK_UNSUPPORTED = 2, BLOCK_PENDING = 0xff };

struct block_request {
    uint64_t address; /* guest physical, of sectors * SECTOR_SIZE bytes */
    uint32_t sector;  /* the first one on the disk */
    uint32_t sectors;
    uint32_t type;
    volatile uint32_t status; /* written by the device */
};

/*
 * wanted: the counter of the request after which the guest wants an interrupt. The device
 * interrupts when `handled` goes from at most wanted to above it.
 */
struct block_queue {
    volatile uint32_t made;    /* incremented by the guest */
    volatile uint32_t handled; /* incremented by the device */
    volatile uint32_t wanted;  /* set by the guest */
    uint32_t unused;
    struct block_request requests[QUEUE_SIZE];
};

#endif
