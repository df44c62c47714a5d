/* SPDX-License-Identifier: MIT */
/* The registers of interrupted code, as vectors.S saves them. For C and for assembler. */
#ifndef TRAP_FRAME_H
#define TRAP_FRAME_H

#define FRAME_REG(n)  (8 * ((n)-1)) /* the offsets of x1 to x31 */
#define FRAME_PC      248
#define FRAME_SSTATUS 256
#define FRAME_CAUSE   264
#define FRAME_ADDRESS 272
#ifdef __riscv_flen /* built for a hart with floating point: it has more registers */
#define FRAME_F(n) (280 + 8 * (n))
#define FRAME_FCSR 536
#define FRAME_SIZE 544 /* a multiple of 16, the stack's alignment */
#else
#define FRAME_SIZE 288
#endif

/* Floating point: 0 is off, 3 dirty (privileged spec, 3.1.6.6). If it is dirty, sstatus is
 * negative: SD, its highest bit, says so. */
#define SSTATUS_FS         (3 << 13)
#define SSTATUS_FS_INITIAL (1 << 13)

#ifndef __ASSEMBLER__
#include <stdint.h>

struct trap_frame {
    uint64_t ra, sp, gp, tp, t0, t1, t2, s0, s1;
    uint64_t a0, a1, a2, a3, a4, a5, a6, a7;
    uint64_t s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
    uint64_t t3, t4, t5, t6;
    uint64_t pc, sstatus, cause, address; /* sepc, sstatus, scause, stval */
#ifdef __riscv_flen
    uint64_t f[32], fcsr; /* saved only if sstatus has floating point as dirty */
#else
    uint64_t unused;
#endif
};
#endif

#endif
