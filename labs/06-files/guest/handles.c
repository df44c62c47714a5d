/* SPDX-License-Identifier: MIT */
/* Uses handles as a hostile guest would: its argument says which mistake it makes. */
#include <guest.h>
#include <stdio.h>
#include <string.h>

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

static struct sbiret open_plain(void)
{
    return sbi_file_open(5, (uintptr_t)path, FILE_READ);
}

static void never_opened(void)
{
    for (uint64_t handle = 0; handle < 6; handle++)
        printf("%lu: %ld %ld\n", handle, write_to(handle), sbi_file_close(handle).error);
    printf("far: %ld %ld\n", move(1ul << 40, 0, (uintptr_t)buffer, 16), sbi_file_close(~0ul).error);
}

static void all_open(void)
{
    for (unsigned i = 0; i < FILE_HANDLES; i++) {
        struct sbiret ret = open_plain();

        printf("handle %ld: %ld\n", ret.value, ret.error);
    }
    printf("one more: %ld\n", open_plain().error);
}

static void closed(void)
{
    for (unsigned i = 0; i < FILE_HANDLES; i++)
        open_plain();
    printf("closed, and again: %ld ", sbi_file_close(3).error);
    printf("%ld\n", sbi_file_close(3).error);
    printf("after that: %ld\n", move(3, 0, (uintptr_t)buffer, 16));
    printf("handle %ld again\n", open_plain().value);
}

static void offset(void)
{
    printf("opened: %ld\n", open_plain().error);
    printf("read: %ld\n", move(0, 0, (uintptr_t)buffer, 16));
    printf("after the end: %ld\n", move(0, 1ul << 40, (uintptr_t)buffer, 16));
    printf("before the start: %ld\n", move(0, ~0ul, (uintptr_t)buffer, 16));
}

static void buffers(void)
{
    printf("opened: %ld\n", open_plain().error);
    printf("outside RAM: %ld\n", move(0, 0, ram_end() - 8, 16));
    printf("huge: %ld\n", move(0, 0, (uintptr_t)buffer, ~0ul));
}

static void request(void)
{
    printf("no request: %ld\n", sbi_file_transfer(ram_end() - 8).error);
}

static const struct {
    const char *name;
    void (*make)(void);
} mistakes[] = {
    {"never-opened", never_opened},
    {"all-open", all_open},
    {"closed", closed},
    {"offset", offset},
    {"buffer", buffers},
    {"request", request},
};

int main(int argc, char **argv)
{
    for (unsigned i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
        if (argc == 1 || strcmp(argv[1], mistakes[i].name) == 0)
            mistakes[i].make();
    return 0;
}
