/* SPDX-License-Identifier: MIT */
/* Accesses memory without the right to, the kernel's in every way. The kernel kills it, or refuses
 * its system calls. */
#include "../user/labos.h"

#include <machine.h>
#include <stdio.h>
#include <string.h>

/* An address in RAM that the kernel may write; on x86 the VMM's page tables are there. */
#define KERNEL_DATA (LAB_RAM_BASE + 0x1000ul)

static void call(void)
{
    const char *kernel = (const char *)KERNEL_DATA;
    char *code = (char *)(unsigned long)call;

    printf("write: %s\n", strerror((int)-sys_write(kernel, 1)));
    printf("read: %s\n", strerror((int)-sys_read((char *)KERNEL_DATA, 1)));
    printf("read to code: %s\n", strerror((int)-sys_read(code, 1)));
    printf("spawn: %s\n", strerror((int)-sys_spawn(kernel)));
    printf("number: %s\n", strerror((int)-system_call(99, 0, 0, 0)));
    printf("info: %s\n", strerror((int)-sys_info(0, (struct process_info *)KERNEL_DATA)));
    printf("far: %s\n", strerror((int)-sys_write((const char *)-4096l, 8192)));
}

static void jump(unsigned long address)
{
    ((void (*)(void))address)();
}

__attribute__((noinline)) static void nothing(void)
{
}

/* Copies code to data, and jumps to it. */
static void run_data(void)
{
    static char data[16];

    memcpy(data, (const char *)(unsigned long)nothing, sizeof(data));
    jump((unsigned long)data);
}

int main(int argc, char **argv)
{
    volatile char *kernel = (volatile char *)KERNEL_DATA;

    switch (argc > 1 ? argv[1][0] : 'w') {
    case 'c':
        call();
        return 0;
    case 'd':
        run_data();
        break;
    case 'j':
        jump(LAB_LINK_BASE);
        break;
    case 'r':
        (void)*kernel;
        break;
    default:
        *kernel = 0;
    }
    printf("wild: still here\n");
    return 0;
}
