/* SPDX-License-Identifier: MIT */
/* Uses handles that are not open, and more than there are. */
#include <guest.h>
#include <stdio.h>

#include "files.h"

static const char path[] = "plain";
static char buffer[16];

static long move(uint64_t handle, uint64_t offset, uintptr_t address, uint64_t length)
{
    struct file_request request = {handle, offset, address, length, 0};

    return sbi_file_transfer((uintptr_t)&request).error;
}

static long write_to(uint64_t handle)
{
    struct file_request request = {handle, 0, (uintptr_t) "fake\n", 5, 1};

    return sbi_file_transfer((uintptr_t)&request).error;
}

int main(void)
{
    for (uint64_t handle = 0; handle < 6; handle++)
        printf("%lu: %ld %ld\n", handle, write_to(handle), sbi_file_close(handle).error);
    printf("far: %ld %ld\n", move(1ul << 40, 0, (uintptr_t)buffer, 16), sbi_file_close(~0ul).error);
    for (unsigned i = 0; i < FILE_HANDLES; i++) {
        struct sbiret ret = sbi_file_open(5, (uintptr_t)path, FILE_READ);

        if (ret.error || (unsigned long)ret.value != i)
            printf("open %u: %ld\n", i, ret.error);
    }
    printf("one more: %ld\n", sbi_file_open(5, (uintptr_t)path, FILE_READ).error);
    printf("closed, and again: %ld ", sbi_file_close(3).error);
    printf("%ld\n", sbi_file_close(3).error);
    printf("after that: %ld\n", move(3, 0, (uintptr_t)buffer, 16));
    printf("handle %ld again\n", sbi_file_open(5, (uintptr_t)path, FILE_READ).value);
    printf("read: %ld\n", move(0, 0, (uintptr_t)buffer, 16));
    printf("after the end: %ld\n", move(0, 1ul << 40, (uintptr_t)buffer, 16));
    printf("before the start: %ld\n", move(0, ~0ul, (uintptr_t)buffer, 16));
    printf("outside RAM: %ld\n", move(0, 0, ram_end() - 8, 16));
    printf("huge: %ld\n", move(0, 0, (uintptr_t)buffer, ~0ul));
    printf("no request: %ld\n", sbi_file_transfer(ram_end() - 8).error);
    return 0;
}
