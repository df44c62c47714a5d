/* SPDX-License-Identifier: MIT */
/*
 * An ecall every 50 instructions, N of them.
 *
 *   traps N        from U-mode, handled by this guest itself
 *   traps N sbi    from S-mode, handled by the VMM or firmware
 *
 * Prints a checksum, and how many ecalls the guest itself has handled.
 */
#include <call.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SIZE 4096u
#define USER_BASE 0x40000000ul /* U-mode's page; nothing else is mapped there */

/* Privileged spec, 4.4.1. */
#define PTE_V (1u << 0)
#define PTE_R (1u << 1)
#define PTE_X (1u << 3)
#define PTE_U (1u << 4)
#define PTE_A (1u << 6)

#define SSTATUS_SPP 0x100 /* privileged spec, 4.1.1 */

/*
 * work: a0 is the checksum's start, a1 the number of ecalls. Returns the checksum. In both
 * modes a6 and a7 are those of BASE.get_spec_version; its ecalls change a0 and a1.
 *
 * serve: counts the ecall, and goes on after it. leave: the last ecall, with a7 = 0, goes
 * back to S-mode, to call_user. The runtime handles any other trap.
 */
__asm__(".pushsection .text.work, \"ax\"\n"
        "    .balign 4096\n"
        "work:\n"
        "    mv      t1, a0\n"
        "    mv      t2, a1\n"
        "    li      a6, 0\n"
        "    li      a7, 0x10\n"
        "1:\n"
        "    .rept   15\n"
        "    slli    t0, t1, 1\n"
        "    xor     t1, t1, t0\n"
        "    addi    t1, t1, 7\n"
        "    .endr\n"
        "    srli    t0, t1, 7\n"
        "    xor     t1, t1, t0\n"
        "    addi    t2, t2, -1\n"
        "    ecall\n"
        "    bnez    t2, 1b\n"
        "    mv      a0, t1\n"
        "    ret\n"
        "user_end:\n"
        "    li      a7, 0\n"
        "    ecall\n"
        "    .balign 4096\n"
        "serve:\n"
        "    csrrw   t0, sscratch, t0\n"
        "    sd      t1, 0(t0)\n"
        "    csrr    t1, scause\n"
        "    addi    t1, t1, -8\n"
        "    bnez    t1, 2f\n"
        "    beqz    a7, 1f\n"
        "    ld      t1, 8(t0)\n"
        "    addi    t1, t1, 1\n"
        "    sd      t1, 8(t0)\n"
        "    csrr    t1, sepc\n"
        "    addi    t1, t1, 4\n"
        "    csrw    sepc, t1\n"
        "    ld      t1, 0(t0)\n"
        "    csrrw   t0, sscratch, t0\n"
        "    sret\n"
        "1:  ld      t1, 16(t0)\n"
        "    jr      t1\n"
        "2:  ld      t1, 0(t0)\n"
        "    csrrw   t0, sscratch, t0\n"
        "    j       trap_vector\n"
        "    .popsection\n");

extern char work[], user_end[], serve[], trap_vector[];

static struct {
    uint64_t t1;
    uint64_t count;
    const void *leave;
} saved;

/* Maps the page of work at USER_BASE, in addition to the runtime's mappings. */
static void map_user_page(void)
{
    static uint64_t tables[3][PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));
    uint64_t satp;

    __asm__ volatile("csrr %0, satp" : "=r"(satp));
    memcpy(tables[0], (const void *)(satp << 12), PAGE_SIZE);
    tables[0][USER_BASE >> 30] = (uintptr_t)tables[1] >> 2 | PTE_V;
    tables[1][0] = (uintptr_t)tables[2] >> 2 | PTE_V;
    tables[2][0] = (uintptr_t)work >> 2 | PTE_V | PTE_R | PTE_X | PTE_U | PTE_A;
    satp = (satp & ~((1ul << 44) - 1)) | (uintptr_t)tables[0] >> 12;
    __asm__ volatile("csrw satp, %0; sfence.vma" ::"r"(satp) : "memory");
}

/* Calls work in U-mode. */
static uint64_t call_user(uint64_t sum, uint64_t n)
{
    register uint64_t a0 __asm__("a0") = sum;
    register uint64_t a1 __asm__("a1") = n;
    register uint64_t a2 __asm__("a2") = USER_BASE;
    register uint64_t a3 __asm__("a3") = USER_BASE + (uint64_t)(user_end - work);

    __asm__ volatile("la     t0, 1f\n\t"
                     "sd     t0, 16(%[saved])\n\t"
                     "csrw   sscratch, %[saved]\n\t"
                     "csrw   stvec, %[serve]\n\t"
                     "csrw   sepc, a2\n\t"
                     "csrc   sstatus, %[spp]\n\t"
                     "mv     ra, a3\n\t"
                     "sret\n\t"
                     ".balign 4\n"
                     "1:\n\t"
                     "csrw   stvec, %[runtime]"
                     : "+r"(a0), "+r"(a1)
                     : "r"(a2), "r"(a3), [saved] "r"(&saved), [serve] "r"(serve),
                       [spp] "r"(SSTATUS_SPP), [runtime] "r"(trap_vector)
                     : "ra", "t0", "t1", "t2", "a6", "a7", "memory");
    return a0;
}

/* Calls work in S-mode. */
static uint64_t call_supervisor(uint64_t sum, uint64_t n)
{
    register uint64_t a0 __asm__("a0") = sum;
    register uint64_t a1 __asm__("a1") = n;

    __asm__ volatile("jalr %[work]"
                     : "+r"(a0), "+r"(a1)
                     : [work] "r"(work)
                     : "ra", "t0", "t1", "t2", "a6", "a7", "memory");
    return a0;
}

int main(int argc, char **argv)
{
    uint64_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1, sum;

    if (argc > 2) {
        sum = call_supervisor(1, n);
    } else {
        map_user_page();
        sum = call_user(1, n);
    }
    printf("sum %016lx, %lu served\n", sum, saved.count);
    return 0;
}
