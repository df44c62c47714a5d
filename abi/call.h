/* SPDX-License-Identifier: MIT */
/*
 * The guest's side of the hypercalls: one inline function for each row of calls.def, such as
 *
 *   struct sbiret sbi_console_write(unsigned long num_bytes,
 *                                   unsigned long base_addr_lo,
 *                                   unsigned long base_addr_hi);
 *
 * and sbi_legacy_console_putchar() for the calls of SBI 0.1. README.md in
 * this folder says what each does. trap.h comes from the architecture's folder.
 */
#ifndef ABI_CALL_H
#define ABI_CALL_H

#include "sbi.h"
#include "trap.h"

/* Make, from a row's list of (kind, name) pairs, the parameters (P) and their values (V). */
#define ABI_PARAM(kind, name) unsigned long name
#define ABI_VALUE(kind, name) , name
#define ABI_P0()              void
#define ABI_P1(a)             ABI_PARAM a
#define ABI_P2(a, b)          ABI_PARAM a, ABI_PARAM b
#define ABI_P3(a, b, c)       ABI_PARAM a, ABI_PARAM b, ABI_PARAM c
#define ABI_P4(a, b, c, d)    ABI_PARAM a, ABI_PARAM b, ABI_PARAM c, ABI_PARAM d
#define ABI_P5(a, b, c, d, e) ABI_PARAM a, ABI_PARAM b, ABI_PARAM c, ABI_PARAM d, ABI_PARAM e
#define ABI_V0()
#define ABI_V1(a)             ABI_VALUE a
#define ABI_V2(a, b)          ABI_VALUE a ABI_VALUE b
#define ABI_V3(a, b, c)       ABI_VALUE a ABI_VALUE b ABI_VALUE c
#define ABI_V4(a, b, c, d)    ABI_VALUE a ABI_VALUE b ABI_VALUE c ABI_VALUE d
#define ABI_V5(a, b, c, d, e) ABI_VALUE a ABI_VALUE b ABI_VALUE c ABI_VALUE d ABI_VALUE e

#define CALL(ext, fid, name, nargs, args)                                                          \
    static __inline struct sbiret sbi_##name(ABI_P##nargs args)                                    \
    {                                                                                              \
        return sbi_trap##nargs(EID_##ext, fid ABI_V##nargs args);                                  \
    }
#define LEGACY(eid, name, nargs, args)                                                             \
    static __inline long sbi_legacy_##name(ABI_P##nargs args)                                      \
    {                                                                                              \
        return sbi_trap##nargs(eid, 0 ABI_V##nargs args).error;                                    \
    }
#include "calls.def"

#undef ABI_PARAM
#undef ABI_VALUE
#undef ABI_P0
#undef ABI_P1
#undef ABI_P2
#undef ABI_P3
#undef ABI_P4
#undef ABI_P5
#undef ABI_V0
#undef ABI_V1
#undef ABI_V2
#undef ABI_V3
#undef ABI_V4
#undef ABI_V5

#endif
