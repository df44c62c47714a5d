/* SPDX-License-Identifier: MIT */
/* Where the machine of this lab has its devices; for guest and VMM. */
#ifndef DEVICES_H
#define DEVICES_H

/* The I/O ports, in memory: port n is the byte at IO_WINDOW + n. A CPU without instructions for
 * ports reaches them so, by a window of its PCI host bridge. */
#define IO_WINDOW 0x03000000u
#define IO_PORTS  0x10000u

/* A UART as PCs have it: 8 registers, of which two are there. Each is a byte. */
#define UART_SIZE   8
#define UART_DATA   0 /* written: a byte to send */
#define UART_STATUS 5 /* read: what the UART can do now */

#define UART_STATUS_READY 0x60 /* it takes a byte, and has sent all it had: always so here */

/* It is at ports, and another one like it in memory. */
#define UART_PORT 0x3f8u
#define UART_BASE 0x10000000u

#endif
