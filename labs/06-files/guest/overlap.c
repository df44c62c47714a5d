/* SPDX-License-Identifier: MIT */
/*
 * Makes a request that its own data overwrites: it reads the file to the address of the request. A
 * VMM that reads the request again during the copy finds the file's bytes.
 */
#include <call.h>
#include <stdio.h>
#include <string.h>

#include "files.h"

static struct {
    struct file_request request;
    char after[4096];
} memory;

int main(int argc, char **argv)
{
    struct sbiret file =
        sbi_file_open(strlen(argv[argc - 1]), (uintptr_t)argv[argc - 1], FILE_READ);
    struct sbiret ret;
    unsigned dots = 0;

    memset(memory.after, '.', sizeof(memory.after));
    memory.request = (struct file_request){(uint64_t)file.value, 0, (uintptr_t)&memory, 1000, 0};
    ret = sbi_file_transfer((uintptr_t)&memory);
    for (unsigned i = 0; i < sizeof(memory.after); i++)
        dots += memory.after[i] == '.';
    printf("error %ld, %ld bytes, %u dots left\n", ret.error, ret.value, dots);
    return 0;
}
