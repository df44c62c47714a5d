/* SPDX-License-Identifier: MIT */
/*
 * Writes N blocks of 4 KiB, each of them one VM exit.
 *
 *   console N           by the hypercall itself
 *   console N fwrite    through the C library
 */
#include <call.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    static char block[4096];
    unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;

    if (argc > 2) {
        for (; n > 0; n--)
            fwrite(block, 1, sizeof(block), stdout);
        return ferror(stdout);
    }
    for (; n > 0; n--)
        sbi_console_write(sizeof(block), (uintptr_t)block, 0);
    return 0;
}
