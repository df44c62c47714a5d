/* SPDX-License-Identifier: MIT */
/* Descriptor tables of 32-bit protected mode: Intel SDM vol. 3, 3.4.5 and 6.11. */
#include <stdint.h>

#define CODE_SELECTOR 0x08
#define DATA_SELECTOR 0x10

#define PRESENT        0x80
#define INTERRUPT_GATE 0x0e

struct table_pointer {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

struct gate {
    uint16_t offset_low, selector;
    uint8_t zero, type;
    uint16_t offset_high;
};

/* What the CPU pushes before it enters a handler. gcc 14 leaves out a store that only iret reads.
 */
struct interrupt_frame {
    volatile uint32_t eip, cs, eflags;
};

/* Flat segments: base 0, limit 4 GiB, in units of a page. */
static uint64_t gdt[] = {
    0, 0x00cf9a000000ffff, /* code: readable */
    0x00cf92000000ffff,    /* data: writable */
};

static inline void load_gdt(void)
{
    const struct table_pointer pointer = {sizeof(gdt) - 1, (uint32_t)gdt};

    /* Only a far jump loads cs. Until then the old hidden part of cs stays valid. */
    __asm__ volatile("lgdt %0\n"
                     "ljmp %1, $1f\n"
                     "1: mov %2, %%ds\n"
                     "mov %2, %%es\n"
                     "mov %2, %%ss" ::"m"(pointer),
                     "i"(CODE_SELECTOR), "r"(DATA_SELECTOR)
                     : "memory");
}

static inline struct gate make_gate(void (*handler)(void))
{
    uint32_t offset = (uint32_t)handler;

    return (struct gate){(uint16_t)offset, CODE_SELECTOR, 0, PRESENT | INTERRUPT_GATE,
                         (uint16_t)(offset >> 16)};
}

static inline void load_idt(const struct gate *idt, uint16_t size)
{
    const struct table_pointer pointer = {size - 1, (uint32_t)idt};

    __asm__ volatile("lidt %0" ::"m"(pointer) : "memory");
}
