/* SPDX-License-Identifier: MIT */
/*
 * Reads lines until the input ends, and prints each with its number. Look for: with
 * `make run GUEST=echo OPTIONS=--trace`, the guest asks for input (console_read), gets
 * none, and waits for it in the VMM (LAB.wait), without using the host's CPU.
 */
#include <stdio.h>

int main(void)
{
    char line[256];
    unsigned number = 0;

    while (fgets(line, sizeof(line), stdin))
        printf("%u: %s", ++number, line);
    return 0;
}
