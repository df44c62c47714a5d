/* SPDX-License-Identifier: MIT */
/* Runs before the runtime's common start: reads the device tree, and turns paging on. */
#include "../arch.h"
#include "fdt.h"
#include "paging.h"

#include <machine.h>
#include <stdlib.h>
#include <string.h>

static uint64_t frequency;
static char bootargs[LAB_ARGS_MAX]; /* a copy: the tree may lie in memory that becomes the heap */

/* entry.S calls this on a small stack of its own. */
void boot(const void *fdt);
void boot(const void *fdt)
{
    struct fdt_info info;

    if (!fdt_read(fdt, LAB_LINK_BASE, &info)) {
        printf("the device tree does not tell where RAM is\n");
        exit(EXIT_FAILURE);
    }
    frequency = info.time_frequency;
    if (info.bootargs && info.bootargs_len < sizeof(bootargs))
        memcpy(bootargs, info.bootargs, info.bootargs_len);
    end_of_ram = info.ram_end;
    harts_present = info.harts < LAB_HARTS_MAX ? info.harts : LAB_HARTS_MAX;
    paging_start(info.ram_start, info.ram_end, harts_present);
}

uint64_t arch_time_frequency(void)
{
    return frequency;
}

size_t arch_get_args(char *buf, size_t size)
{
    static const char name[] = "guest";
    char *end = buf + size, *to = buf + sizeof(name);

    memcpy(buf, name, sizeof(name));
    for (const char *from = bootargs; *from && to < end - 1; from++) {
        if (*from != ' ')
            *to++ = *from;
        else if (to[-1] != '\0')
            *to++ = '\0';
    }
    if (to[-1] != '\0')
        *to++ = '\0';
    return (size_t)(to - buf);
}
