/* SPDX-License-Identifier: MIT */
/* Reads sectors by the driver, writes them, and reads them again: SECTOR ... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "queue.h"

static uint8_t out[64][SECTOR_SIZE], in[64][SECTOR_SIZE], old[64][SECTOR_SIZE];

int main(int argc, char **argv)
{
    unsigned count = (unsigned)argc - 1 < 64 ? (unsigned)argc - 1 : 64, wrong = 0, failed;

    block_start();
    for (unsigned i = 0; i < count; i++)
        block_put(BLOCK_READ, (uint32_t)atoi(argv[i + 1]), 1, old[i]);
    failed = block_finish();
    for (unsigned i = 0; i < count; i++) {
        memset(out[i], (int)(i + 1), SECTOR_SIZE);
        block_put(BLOCK_WRITE, (uint32_t)atoi(argv[i + 1]), 1, out[i]);
    }
    failed += block_finish();
    for (unsigned i = 0; i < count; i++)
        block_put(BLOCK_READ, (uint32_t)atoi(argv[i + 1]), 1, in[i]);
    failed += block_finish();
    failed += block_finish(); /* the queue is empty: no exit */
    for (unsigned i = 0; i < count; i++)
        for (unsigned j = 0; j < SECTOR_SIZE; j++)
            wrong += in[i][j] != i + 1 ||
                     old[i][j] != (uint8_t)((unsigned)atoi(argv[i + 1]) * (SECTOR_SIZE + 1) + j);
    printf("%u sectors: %u failed, %u bytes wrong, %u interrupts\n", count, failed, wrong,
           block_interrupts);
    block_put(BLOCK_READ, DISK_SECTORS, 1, in);
    block_put(BLOCK_READ, 0, 1, in);
    printf("one of two fails: %u\n", block_finish());
    return 0;
}
