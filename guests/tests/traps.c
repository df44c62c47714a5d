/* SPDX-License-Identifier: MIT */
/* Traps that the guest handles itself. */
#include <guest.h>
#include <illegal.h> /* in the machine's folder */
#include <setjmp.h>

#include "check.h"

static jmp_buf back;
static struct trap last;

static bool on_trap(struct trap *trap)
{
    last = *trap;
    longjmp(back, 1);
}

static bool not_mine(struct trap *trap)
{
    last = *trap;
    return false;
}

static bool on_illegal(struct trap *trap)
{
    trap->pc += ILLEGAL_BYTES; /* goes on after the instruction */
    return true;
}

int main(void)
{
    volatile uintptr_t nowhere = 0x18;

    CHECK(trap_set_handler(TRAP_PAGE_FAULT, on_trap) == NULL);
    if (setjmp(back) == 0)
        *(volatile char *)nowhere = 1;
    CHECK_EQ(last.kind, TRAP_PAGE_FAULT);
    CHECK_EQ(last.address, 0x18);
    CHECK(last.pc - (uintptr_t)main < 4096);
    if (setjmp(back) == 0)
        printf("%d", *(volatile char *)(ram_end() + 0x1000)); /* after RAM: not mapped */
    CHECK_EQ(last.address, ram_end() + 0x1000);

    /* After a handler that leaves by longjmp, interrupts are as before. */
    irq_enable();
    if (setjmp(back) == 0)
        *(volatile char *)nowhere = 1;
    CHECK(irq_disable());

    trap_set_handler(TRAP_ILLEGAL_INSTRUCTION, on_illegal);
    __asm__ volatile(ILLEGAL_INSTRUCTION);
    __asm__ volatile(ILLEGAL_INSTRUCTION);
    printf("handled\n");

    CHECK(trap_set_handler(TRAP_PAGE_FAULT, not_mine) == on_trap);
    *(volatile char *)nowhere = 1;
    printf("never here\n");
    return 0;
}
