/* SPDX-License-Identifier: MIT */
/* Reads the status register of both UARTs. */
#include <stdio.h>

#include "print.h"

int main(void)
{
    unsigned port, memory;

    devices_start();
    port = port_status();
    memory = mmio_status();
    printf("port: 0x%x\nmemory: 0x%x\n", port, memory);
    return 0;
}
