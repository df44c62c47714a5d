/* SPDX-License-Identifier: MIT */
/* Uses the device's registers: reads the size of the disk, makes COUNT requests and notifies by a
 * store. With an argument REGISTER, then stores there, too. */
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>

#include "queue.h"

static struct block_queue queue;
static uint8_t sectors[QUEUE_SIZE][SECTOR_SIZE];

static volatile uint32_t *block_register(uint32_t offset)
{
    return (volatile uint32_t *)(uintptr_t)(BLOCK_BASE + offset);
}

int main(int argc, char **argv)
{
    uint32_t count = argc > 1 ? (uint32_t)atoi(argv[1]) : 3, failed = 0;

    /* Without translation: the runtime's page tables map RAM alone. */
    __asm__ volatile("csrw satp, zero\n\tsfence.vma" ::: "memory");
    sbi_set_queue((uintptr_t)&queue);
    printf("the disk has %u sectors\n", *block_register(BLOCK_SECTORS));
    for (uint32_t i = 0; i < count; i++)
        queue.requests[queue.made++ % QUEUE_SIZE] = (struct block_request){
            (uintptr_t)sectors[i % QUEUE_SIZE], i, 1, BLOCK_READ, BLOCK_PENDING};
    *block_register(BLOCK_DOORBELL) = 1;
    for (uint32_t i = 0; i < count && i < QUEUE_SIZE; i++)
        failed += queue.requests[i].status != BLOCK_OK || sectors[i][1] != (uint8_t)(i + 1);
    printf("handled %u, %u of them wrong\n", queue.handled, failed);
    if (argc > 2)
        *block_register((uint32_t)atoi(argv[2])) = 1;
    return 0;
}
