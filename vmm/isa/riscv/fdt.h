/* SPDX-License-Identifier: MIT */
/* The flattened device tree, which describes the machine to a RISC-V guest. */
#ifndef ISA_RISCV_FDT_H
#define ISA_RISCV_FDT_H

#include <stddef.h>
#include <stdint.h>

#define FDT_MAX_SIZE 16384

struct machine {
    uint64_t ram_base, ram_size; /* bytes */
    unsigned harts;
    uint32_t timebase; /* Hz */
    const char *isa;   /* such as "rv64imac" */
    const char *bootargs;
};

/*
 * Writes the device tree of a machine to buffer (FDT_MAX_SIZE bytes).
 * Returns its size, or 0 if it does not fit.
 */
size_t fdt_write(void *buffer, const struct machine *machine);

#endif
