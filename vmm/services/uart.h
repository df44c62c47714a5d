/* SPDX-License-Identifier: MIT */
/* A serial port, a 16550A: the console for kernels that know none of SBI's. */
#ifndef SERVICES_UART_H
#define SERVICES_UART_H

#include "plic.h"

struct uart {
    struct device device;
    struct plic *plic;
    struct state_area area;

    /* The guest's state, from here to the end. */
    uint8_t ier, lcr, mcr, scratch, divisor[2]; /* registers */
    bool fifo;                                  /* FCR bit 0 */
    bool sent;            /* what was written last has been sent, and the guest was not told */
    bool ended;           /* the console's input has ended */
    uint8_t first, count; /* of `received`: the next byte to read, and how many there are */
    uint8_t received[16];
};

/* Makes a port, whose registers begin at a GPA, and adds it to the VM. Returns 0, or a status after
 * fail(). */
int uart_add(struct uart *uart, struct vm *vm, struct plic *plic, gpa_t base);

#endif
