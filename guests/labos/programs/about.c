/* SPDX-License-Identifier: MIT */
/* Prints what labos is. */
#include <stdio.h>

int main(void)
{
    printf("labos is a small operating system: processes with page tables of their own,\n"
           "a scheduler driven by the timer, and a few system calls. It runs on top of\n"
           "Labvisor, on x86-64 and RISC-V. Read guests/labos/, main.c first.\n");
    return 0;
}
