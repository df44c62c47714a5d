/* SPDX-License-Identifier: MIT */
/* Makes requests and queues with one error each. */
#include <guest.h>
#include <stdio.h>

#include "queue.h"

static struct block_queue queue;
static uint8_t buffer[2 * SECTOR_SIZE];

static void try(const char *what, uintptr_t address, uint32_t sector, uint32_t sectors,
                uint32_t type)
{
    struct block_request *slot = &queue.requests[queue.made % QUEUE_SIZE];

    *slot = (struct block_request){address, sector, sectors, type, BLOCK_PENDING};
    queue.made++;
    sbi_notify();
    printf("%s: %u\n", what, slot->status);
}

/* Reads a sector, perhaps by a request that changes meanwhile. Prints how many bytes are not the
 * sector's. */
static void read_sector(const char *what, uint32_t sector, bool changes)
{
    struct block_request *slot = &queue.requests[queue.made % QUEUE_SIZE];
    unsigned wrong = 0;

    for (unsigned i = 0; i < SECTOR_SIZE; i++)
        buffer[i] = (uint8_t) ~(sector + i);
    *slot = (struct block_request){(uintptr_t)buffer, sector, 1, BLOCK_READ, BLOCK_PENDING};
    if (changes)
        sbi_change_request((uintptr_t)slot);
    queue.made++;
    sbi_notify();
    for (unsigned i = 0; i < SECTOR_SIZE; i++)
        wrong += buffer[i] != (uint8_t)(sector + i);
    printf("%s: %u, %u bytes wrong\n", what, slot->status, wrong);
}

int main(void)
{
    uintptr_t here = (uintptr_t)buffer;

    printf("no queue: %ld\n", sbi_notify().error);
    printf("a queue outside RAM: %ld\n", sbi_set_queue(ram_end() - 64).error);
    sbi_set_queue((uintptr_t)&queue);
    try("the last sector", here, DISK_SECTORS - 1, 1, BLOCK_READ);
    try("one after it", here, DISK_SECTORS, 1, BLOCK_READ);
    try("two from the last", here, DISK_SECTORS - 1, 2, BLOCK_READ);
    try("a sum that overflows", here, 8, 0xfffffff9, BLOCK_READ);
    try("a product that overflows", here, 0, 0x800000, BLOCK_WRITE);
    try("no sectors", ram_end(), 0, 0, BLOCK_READ);
    try("a buffer that ends outside", ram_end() - SECTOR_SIZE, 0, 2, BLOCK_READ);
    try("a buffer nowhere", 0x1000, 0, 1, BLOCK_WRITE);
    try("an unknown type", here, 0, 1, 2);
    queue.made = queue.handled + QUEUE_SIZE + 1;
    printf("too many: %ld\n", sbi_notify().error);
    queue.made = queue.handled - 1;
    printf("fewer than none: %ld\n", sbi_notify().error);
    queue.made = queue.handled;
    read_sector("one that stays", 5, false);
    read_sector("one that changes", 5, true);
    try("right again", here, 0, 2, BLOCK_WRITE);
    return 0;
}
