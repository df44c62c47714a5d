/* SPDX-License-Identifier: MIT */
/* What a RISC-V guest learns about its machine (abi/machines.md, "The RISC-V machine"). */
#ifndef ISA_RISCV_DEVICE_TREE_H
#define ISA_RISCV_DEVICE_TREE_H

#include "core/vm.h"

/* backend.h's transports: a guest makes hypercalls by ecall alone. */
extern const char *const riscv_transports[];

/* Returns the first GPA after the device tree, from which on an image may lie. */
gpa_t riscv_device_tree_end(const struct vm *vm);

/* What the tree says that the VM does not know. */
struct riscv_tree {
    uint32_t timebase;    /* the frequency of the guest's clock in Hz */
    const char *isa;      /* the instruction set */
    gpa_t initrd_start;   /* of the file of --initrd, which goes to the end of RAM */
    uint64_t initrd_size; /* bytes; 0: there is none */
};

/*
 * Writes the device tree of a VM, with the devices that it has now, to the start of its RAM.
 * Returns 0, or a status after fail() if the guest's arguments do not fit.
 */
int riscv_write_device_tree(struct vm *vm, const struct riscv_tree *tree);

#define RISCV_MACHINE 4 /* registers, from a2 on */

/* Writes the values of a2 to a5 when the VMM enters the guest: the machine in short. */
void riscv_describe(const struct vm *vm, uint64_t *registers);

#endif
