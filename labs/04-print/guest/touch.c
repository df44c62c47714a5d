/* SPDX-License-Identifier: MIT */
/* Writes "ok" by both UARTs, then makes one more access: read|write SIZE ADDRESS VALUE. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices.h"
#include "print.h"

__attribute__((noinline)) static void store(uintptr_t address, uint64_t value, long size)
{
    if (size == 1)
        *(volatile uint8_t *)address = (uint8_t)value;
    else if (size == 2)
        *(volatile uint16_t *)address = (uint16_t)value;
    else if (size == 4)
        *(volatile uint32_t *)address = (uint32_t)value;
    else
        *(volatile uint64_t *)address = value;
}

static uint64_t load(uintptr_t address, long size)
{
    if (size == 1)
        return *(volatile const uint8_t *)address;
    if (size == 2)
        return *(volatile const uint16_t *)address;
    if (size == 4)
        return *(volatile const uint32_t *)address;
    return *(volatile const uint64_t *)address;
}

int main(int argc, char **argv)
{
    long size = argc > 4 ? strtol(argv[2], NULL, 10) : 0;
    uintptr_t address = argc > 4 ? strtoul(argv[3], NULL, 0) : 0;

    devices_start();
    store(UART_BASE + UART_DATA, 'o', 1);
    store(IO_WINDOW + UART_PORT + UART_DATA, 'k', 1);
    store(UART_BASE + UART_DATA, '\n', 1);
    printf("by both UARTs\n");
    if (argc > 4 && strcmp(argv[1], "write") == 0)
        store(address, strtoul(argv[4], NULL, 0), size);
    else if (argc > 4)
        printf("read 0x%lx\n", load(address, size));
    printf("and went on\n");
    return 0;
}
