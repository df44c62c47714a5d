/* SPDX-License-Identifier: MIT */
/* Opens each of its arguments, for reading and for writing. */
#include <call.h>
#include <stdio.h>
#include <string.h>

#include "files.h"

int main(int argc, char **argv)
{
    static const char longer[] = "plainly longer", nul[] = "plain\0x";
    static char far[FILE_PATH_MAX + 1];

    for (int i = 1; i < argc; i++) {
        struct sbiret read = sbi_file_open(strlen(argv[i]), (uintptr_t)argv[i], FILE_READ);
        struct sbiret write = sbi_file_open(strlen(argv[i]), (uintptr_t)argv[i], FILE_WRITE);

        printf("'%s': %ld %ld\n", argv[i], read.error, write.error);
    }
    printf("5 bytes: %ld\n", sbi_file_open(5, (uintptr_t)longer, FILE_READ).error);
    printf("a NUL: %ld\n", sbi_file_open(sizeof(nul) - 1, (uintptr_t)nul, FILE_READ).error);
    printf("too long: %ld\n",
           sbi_file_open(memset(far, 'x', sizeof(far)) ? sizeof(far) : 0, (uintptr_t)far, FILE_READ)
               .error);
    printf("not in RAM: %ld\n", sbi_file_open(5, 0x1000, FILE_READ).error);
    printf("flags: %ld\n", sbi_file_open(5, (uintptr_t)longer, 2).error);
    return 0;
}
