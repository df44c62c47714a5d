/* How the memory of a RISC-V guest looks when it starts (abi/README.md, "The RISC-V machine"). */
#ifndef ISA_RISCV_BOOT_H
#define ISA_RISCV_BOOT_H

#include "core/vm.h"

/* The back ends' transports: a guest makes calls by ecall alone. */
extern const char *const riscv_transports[];

/*
 * Loads an image, and puts the device tree at the start of RAM.
 *
 * timebase  the frequency of the guest's clock in Hz, for the tree
 * isa       its instructions, for the tree
 *
 * Returns 0, or a status after fail().
 */
int riscv_load(struct vm *vm, const struct image *image, uint32_t timebase, const char *isa);

#endif
