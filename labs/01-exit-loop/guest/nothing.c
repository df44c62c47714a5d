/* SPDX-License-Identifier: MIT */
/* Reads or writes an address without RAM. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    volatile unsigned *nowhere = (unsigned *)0xe0000000;

    /* Without paging: with it, the access would be a page fault. */
    __asm__ volatile("csrw satp, zero\n\tsfence.vma" ::: "memory");
    if (argc > 1 && strcmp(argv[1], "write") == 0)
        *nowhere = (unsigned)strtoul(argv[2], NULL, 10);
    else
        printf("read %u\n", *nowhere);
    printf("and went on\n");
    return 0;
}
