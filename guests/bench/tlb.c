/* SPDX-License-Identifier: MIT */
/*
 * Walks over 64 MiB, N times. Each access is to another page than those before, so a TLB with
 * less than 16384 entries always misses. Needs -m 128. Prints a checksum.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE   (64ul << 20)
#define STRIDE (4096 + 64) /* also another set of the cache */

int main(int argc, char **argv)
{
    unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
    volatile uint8_t *memory = malloc(SIZE);
    uint64_t sum = 0;

    if (!memory) {
        printf("no 64 MiB of memory: give the guest -m 128\n");
        return 1;
    }
    for (unsigned long i = 0; i < n; i++) {
        for (unsigned long at = i % 64; at < SIZE; at += STRIDE)
            memory[at] = (uint8_t)(memory[at] + at / STRIDE + i);
        for (unsigned long at = i % 64; at < SIZE; at += STRIDE)
            sum = sum * 31 + memory[at];
    }
    printf("sum %016lx\n", (unsigned long)sum);
    return 0;
}
