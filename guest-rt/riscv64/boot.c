/* SPDX-License-Identifier: MIT */
/* Runs before the runtime's common start: finds RAM and harts, and turns paging on. */
#include "../arch.h"
#include "../rt.h"
#include "fdt.h"
#include "paging.h"

#include <machine.h>
#include <stdlib.h>
#include <string.h>

/* Under another SBI implementation it stays so: standard calls are the same in all versions. */
static uint32_t abi_version = LAB_ABI_VERSION;

static uint64_t frequency;
static char bootargs[LAB_ARGS_MAX]; /* a copy: the tree may lie in memory that becomes the heap */

/* Reads the device tree: of other SBI implementations. Returns the start of RAM. */
static uintptr_t read_device_tree(const void *fdt)
{
    struct fdt_info info;

    if (!fdt_read(fdt, LAB_LINK_BASE, &info)) {
        static const char message[] = "the device tree does not tell where RAM is\n";
        console_write(message, sizeof(message) - 1);
        vm_exit(EXIT_FAILURE);
    }
    frequency = info.time_frequency;
    if (info.bootargs && info.bootargs_len < sizeof(bootargs))
        memcpy(bootargs, info.bootargs, info.bootargs_len);
    end_of_ram = info.ram_end;
    harts_present = info.harts < LAB_HARTS_MAX ? info.harts : LAB_HARTS_MAX;
    return info.ram_start;
}

/* entry.S calls this with the registers of the guest's entry, on a small stack of its own. */
void boot(unsigned long hart, const void *fdt, uint64_t signature, uint64_t version,
          uint64_t ram_size, uint64_t harts);
void boot(unsigned long hart, const void *fdt, uint64_t signature, uint64_t version,
          uint64_t ram_size, uint64_t harts)
{
    uintptr_t ram_start = LAB_RAM_BASE;

    (void)hart;
    if (signature == LAB_SIGNATURE) {
        abi_version = (uint32_t)version;
        end_of_ram = ram_start + ram_size;
        harts_present = (unsigned)harts;
    } else {
        ram_start = read_device_tree(fdt);
    }
    paging_start(ram_start, end_of_ram, harts_present);
}

uint32_t arch_find_vmm(void)
{
    return abi_version;
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
