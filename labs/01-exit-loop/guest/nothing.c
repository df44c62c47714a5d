/* SPDX-License-Identifier: MIT */
/* Reads or writes where nothing is: behind RAM, or where a device might be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    volatile unsigned *nowhere = (unsigned *)0xe0000000;

    /* Without paging, so that it is the machine that finds nothing there, not a page table. */
    __asm__ volatile("csrw satp, zero\n\tsfence.vma" ::: "memory");
    if (argc > 1 && strcmp(argv[1], "write") == 0)
        *nowhere = (unsigned)strtoul(argv[2], NULL, 10);
    else
        printf("read %u\n", *nowhere);
    printf("and went on\n");
    return 0;
}
