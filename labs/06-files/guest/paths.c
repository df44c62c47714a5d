/* SPDX-License-Identifier: MIT */
/* Opens paths that are not what a C string is. */
#include <call.h>
#include <stdio.h>
#include <string.h>

#include "files.h"

int main(void)
{
    static const char longer[] = "plainly longer", nul[] = "plain\0x";
    static char far[FILE_PATH_MAX + 1];

    printf("5 bytes: %ld\n", sbi_file_open(5, (uintptr_t)longer, FILE_READ).error);
    printf("a NUL: %ld\n", sbi_file_open(sizeof(nul) - 1, (uintptr_t)nul, FILE_READ).error);
    printf("too long: %ld\n",
           sbi_file_open(memset(far, 'x', sizeof(far)) ? sizeof(far) : 0, (uintptr_t)far, FILE_READ)
               .error);
    printf("not in RAM: %ld\n", sbi_file_open(5, 0x1000, FILE_READ).error);
    printf("flags: %ld\n", sbi_file_open(5, (uintptr_t)longer, 2).error);
    return 0;
}
