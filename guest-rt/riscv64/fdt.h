/* The flattened device tree: what the runtime wants to know of it. */
#ifndef GUEST_RT_FDT_H
#define GUEST_RT_FDT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fdt_info {
    uint64_t ram_start, ram_end; /* /memory: the range that this image lies in */
    uint64_t time_frequency;     /* /cpus timebase-frequency, Hz; 0: not told */
    const char *bootargs;        /* /chosen bootargs, within the tree; NULL: not told */
    size_t bootargs_len;         /* without the NUL */
};

/* Reads the tree at fdt. Returns whether it is one that tells where this image's RAM is. */
bool fdt_read(const void *fdt, struct fdt_info *info);

#endif
