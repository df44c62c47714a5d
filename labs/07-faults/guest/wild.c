/* SPDX-License-Identifier: MIT */
/* Dies of a page fault outside the region, or of a store to code: after | far ADDRESS | code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmem.h"

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";

    trap_set_handler(TRAP_PAGE_FAULT, region_fault);
    *(volatile char *)(REGION + (REGION_PAGES - 1) * PAGE_SIZE) = 1;
    printf("the region is there\n");
    if (strcmp(how, "after") == 0)
        *(volatile char *)(REGION + REGION_PAGES * PAGE_SIZE) = 1;
    else if (strcmp(how, "far") == 0)
        *(volatile char *)strtoul(argv[2], NULL, 10) = 1;
    else if (strcmp(how, "code") == 0)
        *(volatile char *)(uintptr_t)main = 1;
    printf("and went on\n");
    return 0;
}
