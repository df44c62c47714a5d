/* SPDX-License-Identifier: MIT */
/* The devices of a RISC-V machine for kernels: three of QEMU's board `virt`, at its addresses. */
#ifndef SERVICES_BOARD_H
#define SERVICES_BOARD_H

#include "core/vm.h"

/*
 * Adds the devices to a VM: an interrupt controller, a serial port and, if the image comes with a
 * disk, that.
 *
 * goes_back  the run can go back in time
 *
 * Returns 0, or a status after fail().
 */
int board_add(struct vm *vm, bool goes_back);

/* Frees vm->board; NULL is allowed. */
void board_free(struct vm *vm);

#endif
