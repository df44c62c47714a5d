/* SPDX-License-Identifier: MIT */
/* Three ways to print. */
#ifndef PRINT_H
#define PRINT_H

#include <stddef.h>
#include <stdint.h>

/* Turns paging off, before the first access to a device: the runtime's tables map only RAM, so an
 * access to a device would be a page fault. */
void devices_start(void);

/* By hypercall: print a byte, or a text, in one exit each. */
void hypercall_putchar(uint8_t byte);
void hypercall_print(const char *text, size_t length);

/* By the UART at ports: print with an exit for each byte; read the status register. */
void port_putchar(uint8_t byte);
void port_print(const char *text, size_t length);
uint8_t port_status(void);

/* The same by the UART in memory. */
void mmio_putchar(uint8_t byte);
void mmio_print(const char *text, size_t length);
uint8_t mmio_status(void);

#endif
