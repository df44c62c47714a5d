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
    unsigned changed = 0;

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
    for (unsigned i = 0; i < count; i++)
        for (unsigned j = 0; j < SECTOR_SIZE; j++)
            changed += out[i][j] != (uint8_t)(i + 1);
    printf("%u bytes have changed in the buffers that were written\n", changed);
    printf("%u sectors: %u failed, %u bytes wrong, %u interrupts\n", count, failed, wrong,
           block_interrupts);
    memset(in[0], 0xee, SECTOR_SIZE);
    block_put(BLOCK_READ, DISK_SECTORS, 1, in[0]);
    block_put(BLOCK_READ, 0, 1, in[1]);
    failed = block_finish();
    changed = 0;
    for (unsigned i = 0; i < SECTOR_SIZE; i++)
        changed += in[0][i] != 0xee;
    printf("one of two fails: %u, and copies %u bytes\n", failed, changed);
    return 0;
}
