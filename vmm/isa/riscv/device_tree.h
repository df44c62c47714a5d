/* SPDX-License-Identifier: MIT */
/* What a RISC-V guest learns about its machine (abi/machines.md, "The RISC-V machine"). */
#ifndef ISA_RISCV_DEVICE_TREE_H
#define ISA_RISCV_DEVICE_TREE_H

#include "core/vm.h"

/* backend.h's transports: a guest makes hypercalls by ecall alone. */
extern const char *const riscv_transports[];

/* Returns the first GPA after the device tree, from which on an image may lie. */
gpa_t riscv_device_tree_end(const struct vm *vm);

/*
 * Writes the device tree of a VM to the start of its RAM.
 *
 * timebase  the frequency of the guest's clock in Hz
 * isa       the instruction set that the tree names
 *
 * Returns 0, or a status after fail() if the guest's arguments do not fit.
 */
int riscv_write_device_tree(struct vm *vm, uint32_t timebase, const char *isa);

#define RISCV_MACHINE 4 /* registers, from a2 on */

/* Writes the values of a2 to a5 when the VMM enters the guest: the machine in short. */
void riscv_describe(const struct vm *vm, uint64_t *registers);

#endif
