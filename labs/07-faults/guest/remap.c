/* SPDX-License-Identifier: MIT */
/* Maps one address to one new page after another: TIMES. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmem.h"

int main(int argc, char **argv)
{
    unsigned long times = argc > 1 ? strtoul(argv[1], NULL, 10) : 3, right = 0;
    volatile unsigned char *seen = (unsigned char *)REGION + 3 * PAGE_SIZE;

    for (unsigned i = 0; i < times; i++) {
        void *page = memset(page_get(), (int)i, PAGE_SIZE);

        map_page((uintptr_t)seen, (uintptr_t)page, READ_WRITE);
        right += seen[i] == i;
    }
    printf("%lu of %lu\n", right, times);
    return 0;
}
