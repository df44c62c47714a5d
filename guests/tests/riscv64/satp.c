/* SPDX-License-Identifier: MIT */
/* satp: a write of an unknown mode changes nothing; mode 0 turns translation off; each ASID has its
 * own translations. */
#include <guest.h>
#include <setjmp.h>

#include "../check.h"

static jmp_buf back;
static struct trap last;

static bool on_trap(struct trap *trap)
{
    last = *trap;
    longjmp(back, 1);
}

/* Writes satp. Returns its value after that. */
static uint64_t write_satp(uint64_t value)
{
    __asm__ volatile("csrw satp, %0; sfence.vma; csrr %0, satp" : "+r"(value)::"memory");
    return value;
}

/* Two tables map one address to different pages, each with its own ASID. So a switch from one to
 * the other needs no sfence.vma (privileged spec, 4.2.1). */
static void check_asids(uint64_t satp)
{
    static uint64_t roots[2][512] __attribute__((aligned(4096)));
    static uint64_t middles[2][512] __attribute__((aligned(4096)));
    static volatile long words[2][2 * 4096 / sizeof(long)] __attribute__((aligned(8192)));
    const uint64_t *root = (const uint64_t *)((satp & ((1ull << 44) - 1)) << 12);
    uintptr_t megapage = (uintptr_t)words & ~0x1ffffful;
    volatile long *alias = (volatile long *)(0x40000000 + ((uintptr_t)words[0] - megapage));
    uint64_t spaces[2];
    long seen;

    for (unsigned i = 0; i < 2; i++) {
        for (unsigned j = 0; j < 512; j++)
            roots[i][j] = root[j];
        roots[i][1] = (uintptr_t)middles[i] >> 2 | 1;
        middles[i][0] = (megapage + i * 0x200000) >> 2 | 0xcf; /* D A X W R V */
        spaces[i] = 8ull << 60 | (i + 1ull) << 44 | (uintptr_t)roots[i] >> 12;
    }
    words[0][0] = 10;
    *(volatile long *)((uintptr_t)words[0] + 0x200000) = 20;
    for (unsigned n = 0; n < 6; n++) {
        __asm__ volatile("csrw satp, %1; ld %0, %2"
                         : "=&r"(seen)
                         : "r"(spaces[n % 2]), "m"(*alias)
                         : "memory");
        CHECK_EQ(seen, n % 2 ? 20 : 10);
    }
    /* A changed table takes effect after sfence.vma of its ASID only. */
    middles[1][0] = middles[0][0];
    __asm__ volatile("csrw satp, %1; sfence.vma zero, %2; ld %0, %3"
                     : "=&r"(seen)
                     : "r"(spaces[1]), "r"(2ul), "m"(*alias)
                     : "memory");
    CHECK_EQ(seen, 10);
    CHECK_EQ(write_satp(satp), satp);
}

int main(void)
{
    /* Reserved or custom: privileged spec, table 4.3. */
    static const uint64_t odd[] = {1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14, 15};
    uint64_t satp;

    __asm__ volatile("csrr %0, satp" : "=r"(satp));
    CHECK_EQ(satp >> 60, 8); /* Sv39 */
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        CHECK_EQ(write_satp(odd[i] << 60 | 0x12345), satp);

    for (int kind = 0; kind < TRAP_KIND_COUNT; kind++)
        trap_set_handler((enum trap_kind)kind, on_trap);
    if (setjmp(back) == 0)
        *(volatile char *)(ram_end() - LAB_STACK_SIZE - 1) = 1; /* the guard page */
    CHECK_EQ(last.kind, TRAP_PAGE_FAULT);
    CHECK_EQ(write_satp(0), 0);
    *(volatile char *)(ram_end() - LAB_STACK_SIZE - 1) =
        2; /* without translation, it is ordinary memory */
    CHECK_EQ(write_satp(satp), satp);
    if (setjmp(back) == 0)
        *(volatile char *)(ram_end() - LAB_STACK_SIZE - 1) = 3;
    CHECK_EQ(last.cause, 15);
    check_asids(satp);
    printf("translation follows satp\n");
    return 0;
}
