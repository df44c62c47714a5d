/* SPDX-License-Identifier: MIT */
/* Must die, in the way that its argument names: accesses to what is not there. Where calls are
 * made by port I/O, `doorbell` is one, and it lives. */
#include <device.h>
#include <machine.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MMIO_PAGE 0xe0000000ull /* a guest physical address without RAM */

static volatile uint32_t *map_mmio(void)
{
    return (volatile uint32_t *)map_page(MMIO_PAGE);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    uint32_t value = 0x4c;

    if (strcmp(how, "port-write") == 0)
        __asm__ volatile("outb %%al, $0x80" ::"a"(value));
    if (strcmp(how, "port-read") == 0)
        __asm__ volatile("inl $0x80, %%eax" : "=a"(value));
    if (strcmp(how, "doorbell") == 0)
        __asm__ volatile("outl %%eax, %1" : "+a"(value) : "i"(LAB_PORT), "c"(0) : "rdx");
    if (strcmp(how, "doorbell-byte") == 0) /* a call is a 4-byte write */
        __asm__ volatile("outb %%al, %0" ::"i"(LAB_PORT), "a"(value));
    if (strcmp(how, "doorbell-read") == 0)
        __asm__ volatile("inl %1, %%eax" : "=a"(value) : "i"(LAB_PORT));
    if (strcmp(how, "mmio-write") == 0)
        *map_mmio() = value;
    if (strcmp(how, "mmio-read") == 0)
        value = *map_mmio();
    if (strcmp(how, "halt-off") == 0)
        __asm__ volatile("cli; hlt");
    if (strcmp(how, "halt-no-timer") == 0)
        __asm__ volatile("sti; hlt");
    if (strcmp(how, "not-canonical") == 0)
        value = *(volatile uint32_t *)(0x1234567800000000 + (uintptr_t)argv);
    printf("survived %s (%u)\n", how, value);
    return 0;
}
