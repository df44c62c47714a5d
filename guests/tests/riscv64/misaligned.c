/* SPDX-License-Identifier: MIT */
/* Loads and stores of any alignment, inside a page and across two; atomics trap. */
#include <guest.h>
#include <setjmp.h>
#include <string.h>

#include "../check.h"

static _Alignas(4096) unsigned char pages[2 * 4096];
static jmp_buf back;
static struct trap last;

static bool on_trap(struct trap *trap)
{
    last = *trap;
    longjmp(back, 1);
}

static void try_at(unsigned char *bytes)
{
    uint64_t expected = 0x1122334455667788, value, half, word;

    memset(bytes - 8, 0xaa, 24);
    __asm__ volatile("sd %3, (%4); ld %0, (%4); lhu %1, (%4); lw %2, (%4)"
                     : "=&r"(value), "=&r"(half), "=&r"(word)
                     : "r"(expected), "r"(bytes)
                     : "memory");
    CHECK_EQ(value, expected);
    CHECK_EQ(half, 0x7788);
    CHECK_EQ(word, 0x55667788);
    CHECK(bytes[-1] == 0xaa && bytes[0] == 0x88 && bytes[7] == 0x11 && bytes[8] == 0xaa);
}

int main(void)
{
    unsigned char *edge = pages + 4096;
    uint64_t value;

    for (int offset = -16; offset < 16; offset++)
        try_at(edge + offset);

    /* Only half of it is mapped: the other half faults. */
    trap_set_handler(TRAP_PAGE_FAULT, on_trap);
    if (setjmp(back) == 0)
        __asm__ volatile("ld %0, -4(%1)" : "=r"(value) : "r"(ram_end()));
    CHECK_EQ(last.kind, TRAP_PAGE_FAULT);
    CHECK_EQ(last.address, ram_end());

    /* An atomic access cannot be made in two halves: it raises misaligned, or an access fault. */
    trap_set_handler(TRAP_OTHER, on_trap);
    trap_set_handler(TRAP_PROTECTION, on_trap);
    if (setjmp(back) == 0)
        __asm__ volatile("amoadd.d %0, zero, (%1)" : "=r"(value) : "r"(edge + 1) : "memory");
    CHECK_EQ(last.cause, 6);
    CHECK_EQ(last.address, edge + 1);
    printf("aligned or not\n");
    return 0;
}
