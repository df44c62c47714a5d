/* SPDX-License-Identifier: MIT */
/* Dies of a store: after [BYTES], behind the region; code [BYTES], from the start of the code on;
 * far ADDRESS. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmem.h"

int main(int argc, char **argv)
{
    extern char _text[];
    const char *how = argc > 1 ? argv[1] : "";
    uintptr_t number = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

    trap_set_handler(TRAP_PAGE_FAULT, region_fault);
    *(volatile char *)(REGION + (REGION_PAGES - 1) * PAGE_SIZE) = 1;
    printf("the region is there\n");
    if (strcmp(how, "after") == 0)
        *(volatile char *)(REGION + REGION_PAGES * PAGE_SIZE + number) = 1;
    else if (strcmp(how, "far") == 0)
        *(volatile char *)number = 1;
    else if (strcmp(how, "code") == 0)
        _text[number] = 1;
    printf("and went on\n");
    return 0;
}
