/* SPDX-License-Identifier: MIT */
/* The addresses of the devices in the machine of this lab, for guest and VMM. */
#ifndef DEVICES_H
#define DEVICES_H

/* The I/O ports in memory: port n is the byte at IO_WINDOW + n. On a CPU without instructions for
 * ports, a PCI host bridge has such a window. */
#define IO_WINDOW 0x03000000u
#define IO_PORTS  0x10000u

/* A UART of PCs (16550): 8 registers, of which two are emulated. Each is a byte. */
#define UART_SIZE   8
#define UART_DATA   0 /* written: a byte to send */
#define UART_STATUS 5 /* read: the state of the UART */

#define UART_STATUS_READY 0x60 /* it has room for a byte, and has sent all bytes: always, here */

/* One UART is at ports, another one in memory. */
#define UART_PORT 0x3f8u
#define UART_BASE 0x10000000u

#endif
