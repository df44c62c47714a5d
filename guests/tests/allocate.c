/* SPDX-License-Identifier: MIT */
/* All harts allocate at once, and so do the ticks that interrupt them: no byte of a block changes.
 */
#include <guest.h>
#include <string.h>

#include "check.h"

enum { ROUNDS = 100, BLOCKS = 16 };

static struct barrier barrier;
static volatile unsigned ticks[32];

static void check_bytes(const unsigned char *block, size_t size, int value)
{
    for (size_t i = 0; i < size; i++)
        CHECK_EQ(block[i], value);
}

static void tick(void)
{
    unsigned id = hart_id();
    size_t size = ++ticks[id] * 7 % 300 + 1;
    unsigned char *block = malloc(size);

    CHECK(block != NULL);
    memset(block, (int)id + 1, size);
    block = realloc(block, size * 2);
    CHECK(block != NULL);
    check_bytes(block, size, (int)id + 1);
    free(block);
}

static void work(void *unused)
{
    unsigned id = hart_id(), first = 1 + id * BLOCKS;
    unsigned char *blocks[BLOCKS] = {0};
    size_t sizes[BLOCKS] = {0};

    (void)unused;
    timer_every(200 * NS_PER_US, tick);
    barrier_wait(&barrier);
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned i = round * 7 % BLOCKS;
        size_t size = round * 37 % 200 + 1, kept = size < sizes[i] ? size : sizes[i];

        check_bytes(blocks[i], sizes[i], (int)(first + i));
        if (round % 3 == 0) {
            free(blocks[i]);
            blocks[i] = round % 2 ? malloc(size) : aligned_alloc(64, (size + 63) / 64 * 64);
            kept = 0;
        } else {
            blocks[i] = realloc(blocks[i], size);
        }
        CHECK(blocks[i] != NULL);
        check_bytes(blocks[i], kept, (int)(first + i));
        memset(blocks[i], (int)(first + i), size);
        sizes[i] = size;
    }
    while (ticks[id] < 3)
        ;
    timer_stop();
    for (unsigned i = 0; i < BLOCKS; i++)
        free(blocks[i]);
}

int main(void)
{
    barrier.count = hart_count();
    for (unsigned i = 1; i < hart_count(); i++)
        CHECK_EQ(hart_start(i, work, NULL), 0);
    work(NULL);
    for (unsigned i = 1; i < hart_count(); i++)
        CHECK_EQ(hart_join(i), 0);
    printf("%u harts allocated\n", hart_count());
    return 0;
}
