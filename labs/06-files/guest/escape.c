/* SPDX-License-Identifier: MIT */
/* Opens each of its arguments, for reading and for writing. */
#include <call.h>
#include <stdio.h>
#include <string.h>

#include "files.h"

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct sbiret read = sbi_file_open(strlen(argv[i]), (uintptr_t)argv[i], FILE_READ);
        struct sbiret write = sbi_file_open(strlen(argv[i]), (uintptr_t)argv[i], FILE_WRITE);

        printf("'%s': %ld %ld\n", argv[i], read.error, write.error);
    }
    return 0;
}
