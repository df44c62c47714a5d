/* SPDX-License-Identifier: MIT */
/* Goes back several times, and checks RAM, stack and registers: START REWINDS. */
#include <call.h>
#include <stdio.h>
#include <stdlib.h>

static long global;
static volatile char far[1 << 20]; /* written page by page */

static long pages(void)
{
    long sum = 0;

    for (size_t i = 0; i < sizeof(far); i += 4096)
        sum += far[i];
    return sum;
}

int main(int argc, char **argv)
{
    long start = argc > 2 ? strtol(argv[1], NULL, 10) : 1;
    long rewinds = argc > 2 ? strtol(argv[2], NULL, 10) : 1;
    volatile long local = start;
    struct sbiret life;

    global = start;
    life = sbi_checkpoint();
    if (life.error != SBI_SUCCESS)
        return 1;
    printf("life %ld: global %ld, local %ld, pages %ld\n", life.value, global, local, pages());
    global += life.value + 1;
    local = 0;
    for (size_t i = 0; i < sizeof(far); i += 4096)
        far[i]++;
    printf("then: global %ld, local %ld, pages %ld\n", global, local, pages());
    if (life.value < rewinds)
        sbi_rewind();
    return 0;
}
