/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "vmem.h"

#define POOL_PAGES 64

unsigned pages_used;

void *page_get(void)
{
    static char pool[POOL_PAGES][PAGE_SIZE] __attribute__((aligned(4096)));

    if (pages_used == POOL_PAGES) {
        printf("no page is left\n");
        vm_exit(1);
    }
    return memset(pool[pages_used++], 0xa5, PAGE_SIZE);
}
