/* SPDX-License-Identifier: MIT */
/*
 * Protected mode with its own descriptor tables: a fault that its handler repairs, and the timer's
 * interrupt. Functions with the attribute `interrupt` save the registers that they use, and end
 * with iret.
 */
#include "console.h"
#include "descriptors.h"

#include <machine.h>
#include <sbi.h>

#define DIVIDE_ERROR 0 /* SDM vol. 3, table 6-1 */

static struct gate idt[LAB_TIMER_VECTOR + 1];
static volatile unsigned ticks;

__attribute__((interrupt)) static void on_divide_error(struct interrupt_frame *frame)
{
    print("a divide error: the handler goes on behind the instruction\n");
    frame->eip += 2; /* divl with a register: two bytes */
}

__attribute__((interrupt)) static void on_timer(struct interrupt_frame *frame)
{
    (void)frame;
    ticks++;
}

/* Makes a hypercall with 32-bit arguments: a time takes two (abi/machines.md). */
static void set_timer(uint64_t when)
{
    uint32_t eax = EID_TIME, edx;

    __asm__ volatile("outl %%eax, %[port]"
                     : "+a"(eax), "=d"(edx)
                     : [port] "i"(LAB_PORT), "c"(FID_TIME_set_timer), "D"((uint32_t)when),
                       "S"((uint32_t)(when >> 32))
                     : "memory");
}

static uint64_t now(void)
{
    uint64_t ticks_of_tsc;

    __asm__ volatile("rdtsc" : "=A"(ticks_of_tsc));
    return ticks_of_tsc;
}

void _start(void);
void _start(void)
{
    load_gdt();
    print("a GDT of its own\n");

    idt[DIVIDE_ERROR] = make_gate((void (*)(void))on_divide_error);
    idt[LAB_TIMER_VECTOR] = make_gate((void (*)(void))on_timer);
    load_idt(idt, sizeof(idt));
    __asm__ volatile("xor %%ecx, %%ecx\n"
                     "divl %%ecx" ::"a"(1),
                     "d"(0)
                     : "ecx", "cc");

    set_timer(now() + 1000000);
    while (ticks == 0)
        __asm__ volatile("sti; hlt; cli" ::: "memory");
    print("an interrupt of the timer\n");
    end(0);
}
