/* SPDX-License-Identifier: MIT */
/* The device of tests/device/device.c. */
#include <machine.h>
#include <stdint.h>

#define DEVICE         0xe0000000ul
#define DEVICE_COUNTER 64

#define PTE_ADDRESS 0x000ffffffffff000ull

/* Makes a guest physical page accessible, by the entry of a page of low memory that nobody uses, in
 * the VMM's own tables. */
static inline volatile uint8_t *map_page(uint64_t physical)
{
    uintptr_t page = LAB_LINK_BASE - 0x1000, table;

    __asm__ volatile("mov %%cr3, %0" : "=r"(table));
    for (unsigned shift = 39; shift > 12; shift -= 9)
        table = ((uint64_t *)(table & PTE_ADDRESS))[page >> shift & 511];
    ((volatile uint64_t *)(table & PTE_ADDRESS))[page >> 12 & 511] = physical | 3;
    __asm__ volatile("invlpg (%0)" ::"r"(page) : "memory");
    return (volatile uint8_t *)page;
}

static inline volatile uint8_t *map_device(void)
{
    return map_page(DEVICE);
}
