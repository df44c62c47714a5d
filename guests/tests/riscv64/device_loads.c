/* SPDX-License-Identifier: MIT */
/* Each form of load and store, of the device of tests/device; and after a page fault. */
#include <device.h>
#include <guest.h>

#include "../check.h"

#define BYTES 0x8182838485868788ul

/* An instruction of four bytes, of which two are on the next page. */
__asm__(".text\n.balign 4096\n.fill 2047, 2, 1\n"
        "load_across: .option push\n.option norvc\nlw a0, 0(a0)\n.option pop\nret\n");
long load_across(uintptr_t address);

/* The code of a form: it loads from a5, by way of a4, to the result. */
#define LOADED(code)                                                                               \
    __extension__({                                                                                \
        register uintptr_t a5 __asm__("a5") = DEVICE;                                              \
        register uint64_t a4 __asm__("a4") = 1;                                                    \
        __asm__ volatile(code : "+r"(a5), "+r"(a4)::"t0", "memory");                               \
        a4;                                                                                        \
    })

static void check_integer_loads(void)
{
    CHECK_EQ(LOADED("lb a4, 0(a5)"), 0xffffffffffffff88);
    CHECK_EQ(LOADED("lbu a4, 0(a5)"), 0x88);
    CHECK_EQ(LOADED("lh a4, 0(a5)"), 0xffffffffffff8788);
    CHECK_EQ(LOADED("lhu a4, 0(a5)"), 0x8788);
    CHECK_EQ(LOADED(".option push; .option norvc; lw a4, 0(a5); .option pop"), 0xffffffff85868788);
    CHECK_EQ(LOADED("lwu a4, 0(a5)"), 0x85868788);
    CHECK_EQ(LOADED(".option push; .option norvc; ld a4, 0(a5); .option pop"), BYTES);
    CHECK_EQ(LOADED("c.lw a4, 0(a5)"), 0xffffffff85868788);
    CHECK_EQ(LOADED("c.ld a4, 0(a5)"), BYTES);
    CHECK_EQ(LOADED("mv t0, sp; mv sp, a5; c.lwsp a4, 0(sp); mv sp, t0"), 0xffffffff85868788);
    CHECK_EQ(LOADED("mv t0, sp; mv sp, a5; c.ldsp a4, 0(sp); mv sp, t0"), BYTES);
    CHECK_EQ(LOADED("ld a4, 0(a5); addi a4, a4, 1"), BYTES + 1); /* as rs1 of the next one */
    CHECK_EQ(LOADED("ld a5, 0(a5); mv a4, a5"), BYTES);
    CHECK_EQ(LOADED("ld zero, 0(a5); mv a4, zero"), 0);
    CHECK_EQ(load_across(DEVICE), (int32_t)0x85868788);
}

/* In numbers, for the assembler is not told of F and D. */
#define FLW     ".4byte 0x0007a707\n" /* flw fa4, 0(a5) */
#define FLD     ".4byte 0x0007b707\n" /* fld fa4, 0(a5) */
#define C_FLD   ".2byte 0x2398\n"     /* c.fld fa4, 0(a5) */
#define FSW     ".4byte 0x00e7a427\n" /* fsw fa4, 8(a5) */
#define FSD     ".4byte 0x00e7b427\n" /* fsd fa4, 8(a5) */
#define FMV_X_D ".4byte 0xe2070753\n" /* fmv.x.d a4, fa4 */
#define FMV_D_X ".4byte 0xf2070753\n" /* fmv.d.x fa4, a4 */
#define FMV_W_X ".4byte 0xf0070753\n" /* fmv.w.x fa4, a4 */

#define FS         (3ul << 13) /* of sstatus */
#define FS_INITIAL (1ul << 13)

static void check_float_loads(void)
{
    __asm__ volatile("csrs sstatus, %0" ::"r"(FS_INITIAL));
    CHECK_EQ(LOADED(FLD "csrr a4, sstatus") & FS, FS); /* it is dirty */
    CHECK_EQ(LOADED(FLD FMV_X_D), BYTES);
    CHECK_EQ(LOADED(C_FLD FMV_X_D), BYTES);
    CHECK_EQ(LOADED(FLW FMV_X_D), 0xffffffff85868788); /* boxed */
    CHECK_EQ(LOADED("li a4, 0x5152; " FMV_D_X FSD "ld a4, 8(a5)"), 0x5152);
    CHECK_EQ(LOADED("li a4, 0x5354; " FMV_W_X FSW "ld a4, 8(a5)"), 0x5354);
}

static void check_stores(void)
{
    CHECK_EQ(LOADED("sd zero, 8(a5); li a4, -2; sb a4, 8(a5); ld a4, 8(a5)"), 0xfe);
    CHECK_EQ(LOADED("sd zero, 8(a5); li a4, -2; sh a4, 8(a5); ld a4, 8(a5)"), 0xfffe);
    CHECK_EQ(LOADED("sd zero, 8(a5); li a4, -2; c.sw a4, 8(a5); ld a4, 8(a5)"), 0xfffffffe);
    CHECK_EQ(LOADED("sd zero, 8(a5); li a4, -2; c.sd a4, 8(a5); ld a4, 8(a5)"), -2ul);
}

static uint64_t root[512] __attribute__((aligned(4096)));
static unsigned faults;

/* Maps the gigabyte with the device, at 1 GiB. */
static bool on_fault(struct trap *trap)
{
    faults++;
    CHECK_EQ(trap->address, 0x60000000);
    root[1] = 0xc0000000 >> 2 | 0xcf; /* D A X W R V */
    __asm__ volatile("sfence.vma" ::: "memory");
    return true;
}

static void check_after_fault(void)
{
    trap_set_handler(TRAP_PAGE_FAULT, on_fault);
    root[2] = 0x80000000 >> 2 | 0xcf;
    __asm__ volatile("csrw satp, %0; sfence.vma" ::"r"(8ul << 60 | (uintptr_t)root >> 12)
                     : "memory");
    CHECK_EQ(*(volatile uint64_t *)0x60000000, BYTES);
    CHECK_EQ(faults, 1);
}

int main(void)
{
    map_device();
    *(volatile uint64_t *)DEVICE = BYTES;
    check_integer_loads();
    check_stores();
    check_float_loads();
    check_after_fault();
    printf("all loads are right\n");
    return 0;
}
