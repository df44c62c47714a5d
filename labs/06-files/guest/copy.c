/* SPDX-License-Identifier: MIT */
/* Copies files: FROM TO ..., and prints the results. */
#include <call.h>
#include <stdio.h>
#include <string.h>

#include "files.h"

static char buffer[3000];

static struct sbiret transfer(long handle, uint64_t offset, uint64_t length, uint64_t write)
{
    struct file_request request = {(uint64_t)handle, offset, (uintptr_t)buffer, length, write};

    return sbi_file_transfer((uintptr_t)&request);
}

static void copy(const char *from, const char *to)
{
    struct sbiret in = sbi_file_open(strlen(from), (uintptr_t)from, FILE_READ);
    struct sbiret out = sbi_file_open(strlen(to), (uintptr_t)to, FILE_WRITE);
    uint64_t offset = 0;

    while (!in.error && !out.error) {
        struct sbiret got = transfer(in.value, offset, 100, 0);

        if (got.error || got.value == 0)
            break;
        fwrite(buffer, 1, (size_t)got.value, stdout);
        transfer(out.value, offset, (uint64_t)got.value, 1);
        offset += (uint64_t)got.value;
    }
    printf("%s: %ld %ld, %lu bytes\n", from, in.error, out.error, offset);
    printf("closed: %ld %ld\n", sbi_file_close((uint64_t)in.value).error,
           sbi_file_close((uint64_t)out.value).error);
}

int main(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2)
        copy(argv[i], argv[i + 1]);
    return 0;
}
