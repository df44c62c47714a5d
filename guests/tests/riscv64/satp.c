/* satp: a mode that is not implemented changes nothing; mode 0 ends translation. */
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

/* Writes satp. Returns what it holds then. */
static uint64_t write_satp(uint64_t value)
{
    __asm__ volatile("csrw satp, %0; sfence.vma; csrr %0, satp" : "+r"(value)::"memory");
    return value;
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
    *(volatile char *)(ram_end() - LAB_STACK_SIZE - 1) = 2; /* is memory like any other now */
    CHECK_EQ(write_satp(satp), satp);
    if (setjmp(back) == 0)
        *(volatile char *)(ram_end() - LAB_STACK_SIZE - 1) = 3;
    CHECK_EQ(last.cause, 15);
    printf("translation follows satp\n");
    return 0;
}
