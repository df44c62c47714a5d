/* SPDX-License-Identifier: MIT */
/*
 * 32-bit paging (Intel SDM vol. 3, 4.3): a directory and tables of 1024 entries each. Maps one page
 * of memory at two addresses. An access to an unmapped address faults, and the handler maps a page.
 */
#include "console.h"
#include "descriptors.h"

#define PAGE_FAULT  14 /* SDM vol. 3, table 6-1 */
#define CR0_PG      (1u << 31)
#define PTE_PRESENT 1u
#define PTE_WRITE   2u

#define ENTRIES 1024
#define HIGH    0x40000000u /* an address far above the end of RAM */

typedef uint32_t table[ENTRIES] __attribute__((aligned(4096)));

static table directory, low, high;
static struct gate idt[PAGE_FAULT + 1];
static uint32_t shared[ENTRIES] __attribute__((aligned(4096)));

static uint32_t entry(const void *page)
{
    return (uint32_t)page | PTE_PRESENT | PTE_WRITE;
}

/* Maps the missing page. The CPU reads the entry again, because it does not cache entries that are
 * not present (SDM vol. 3, 4.10.2.3). */
__attribute__((interrupt)) static void on_page_fault(struct interrupt_frame *frame, uint32_t error)
{
    uint32_t address;

    (void)frame, (void)error;
    __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    print("a page fault at ");
    print_hex(address);
    print(": mapped\n");
    high[address >> 12 & (ENTRIES - 1)] = entry(shared);
}

static void turn_on_paging(void)
{
    uint32_t cr0;

    for (uint32_t i = 0; i < ENTRIES; i++)
        low[i] = (i << 12) | PTE_PRESENT | PTE_WRITE; /* maps the first 4 MiB to themselves */
    directory[0] = entry(low);
    directory[HIGH >> 22] = entry(high);
    __asm__ volatile("mov %0, %%cr3" ::"r"(directory));
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    __asm__ volatile("mov %0, %%cr0" ::"r"(cr0 | CR0_PG) : "memory");
}

/* The stack at the end of RAM is not mapped after paging is on: switch to another one first. */
static uint8_t stack[4096] __attribute__((used));
__asm__(".globl _start\n"
        "_start: mov $stack + 4096, %esp\n"
        "call run");

__attribute__((used)) static void run(void)
{
    volatile uint32_t *there = (volatile uint32_t *)HIGH;

    load_gdt();
    idt[PAGE_FAULT] = make_gate((void (*)(void))on_page_fault);
    load_idt(idt, sizeof(idt));
    turn_on_paging();
    print("paging is on\n");
    *there = 42;
    print(shared[0] == 42 ? "one page at two addresses\n" : "WRONG\n");
    end(shared[0] != 42);
}
