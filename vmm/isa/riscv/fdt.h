/* SPDX-License-Identifier: MIT */
/* The flattened device tree, which describes the machine to a RISC-V guest. */
#ifndef ISA_RISCV_FDT_H
#define ISA_RISCV_FDT_H

#include <stddef.h>
#include <stdint.h>

#define FDT_MAX_SIZE 16384

/* A device on the bus. The interrupt controller, "plic", comes first, and has no interrupt. */
struct machine_device {
    const char *name, *compatible;
    uint64_t base, size; /* guest physical addresses */
    uint32_t interrupt;  /* its number at the interrupt controller */
};

struct machine {
    uint64_t ram_base, ram_size; /* bytes */
    unsigned harts;
    uint32_t timebase; /* Hz */
    const char *isa;   /* such as "rv64imac_zicsr" */
    const char *bootargs;
    uint64_t initrd_start, initrd_end; /* guest physical addresses; equal: there is none */
    const struct machine_device *devices;
    unsigned device_count;
};

/*
 * Writes the device tree of a machine to buffer (FDT_MAX_SIZE bytes).
 * Returns its size, or 0 if it does not fit.
 */
size_t fdt_write(void *buffer, const struct machine *machine);

#endif
