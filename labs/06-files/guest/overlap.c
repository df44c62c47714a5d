/* SPDX-License-Identifier: MIT */
/*
 * A request that its own data overwrites: the file is read to where the request is. Whoever looks
 * at the request again, in the middle of that, finds what the file says.
 */
#include <call.h>
#include <stdio.h>
#include <string.h>

#include "files.h"

static struct {
    struct file_request request;
    char behind[4096];
} memory;

int main(int argc, char **argv)
{
    struct sbiret file =
        sbi_file_open(strlen(argv[argc - 1]), (uintptr_t)argv[argc - 1], FILE_READ);
    struct sbiret ret;
    unsigned dots = 0;

    memset(memory.behind, '.', sizeof(memory.behind));
    memory.request = (struct file_request){(uint64_t)file.value, 0, (uintptr_t)&memory, 1000, 0};
    ret = sbi_file_transfer((uintptr_t)&memory);
    for (unsigned i = 0; i < sizeof(memory.behind); i++)
        dots += memory.behind[i] == '.';
    printf("error %ld, %ld bytes, %u dots left\n", ret.error, ret.value, dots);
    return 0;
}
