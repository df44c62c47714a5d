/* SPDX-License-Identifier: MIT */
/* What the runtime reads from the flattened device tree. */
#ifndef GUEST_RT_FDT_H
#define GUEST_RT_FDT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fdt_info {
    uint64_t ram_start, ram_end; /* /memory: the range with the image in it */
    unsigned harts;              /* the number of /cpus/cpu@N */
    uint64_t time_frequency;     /* /cpus timebase-frequency, Hz; 0: missing */
    const char *bootargs;        /* /chosen bootargs, inside the tree; NULL: missing */
    size_t bootargs_len;         /* without the NUL */
};

/* Reads the tree at fdt. image is an address in RAM. Returns true if it is a tree that has the
 * start and the end of that RAM. */
bool fdt_read(const void *fdt, uint64_t image, struct fdt_info *info);

#endif
