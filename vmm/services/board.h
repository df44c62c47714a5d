/* SPDX-License-Identifier: MIT */
/* The devices of a RISC-V machine for kernels: those of QEMU's board `virt`, at its addresses. */
#ifndef SERVICES_BOARD_H
#define SERVICES_BOARD_H

#include "core/vm.h"

/*
 * Adds the devices to a VM: an interrupt controller and a serial port. Guests that the runtime is
 * linked into have none of them, because there an access to nothing is a fault that they are told.
 * Returns 0, or a status after fail().
 */
int board_add(struct vm *vm);

/* Frees vm->board; NULL is allowed. */
void board_free(struct vm *vm);

#endif
