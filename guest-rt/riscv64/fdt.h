/* The flattened device tree: what the runtime wants to know of it. */
#ifndef GUEST_RT_FDT_H
#define GUEST_RT_FDT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fdt_info {
    uint64_t ram_start, ram_end; /* /memory: the range with the image in it */
    unsigned harts;              /* /cpus/cpu@N: how many */
    uint64_t time_frequency;     /* /cpus timebase-frequency, Hz; 0: not told */
    const char *bootargs;        /* /chosen bootargs, within the tree; NULL: not told */
    size_t bootargs_len;         /* without the NUL */
};

/* Reads the tree at fdt; image is an address in RAM. Returns whether it is a tree that tells
 * where that RAM starts and ends. */
bool fdt_read(const void *fdt, uint64_t image, struct fdt_info *info);

#endif
