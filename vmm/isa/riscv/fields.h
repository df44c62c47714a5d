/* SPDX-License-Identifier: MIT */
/* Fields and immediates of RISC-V instructions. */
#ifndef ISA_RISCV_FIELDS_H
#define ISA_RISCV_FIELDS_H

#include <stdint.h>

/* Returns bits [high:low] of a word, at most 31 of them. */
static inline uint32_t field(uint32_t bits, unsigned high, unsigned low)
{
    return bits >> low & ((2u << (high - low)) - 1);
}

/* Returns the low `width` bits of value as a two's complement number. */
static inline int32_t sign_extend(uint32_t value, unsigned width)
{
    return (int32_t)(value << (32 - width)) >> (32 - width);
}

/* Immediates by format: unprivileged spec, 2.3. */

static inline int32_t imm_i(uint32_t bits)
{
    return (int32_t)bits >> 20;
}

static inline int32_t imm_s(uint32_t bits)
{
    return ((int32_t)bits >> 25) * 32 + (int32_t)field(bits, 11, 7);
}

static inline int32_t imm_b(uint32_t bits)
{
    return sign_extend(field(bits, 31, 31) << 12 | field(bits, 7, 7) << 11 |
                           field(bits, 30, 25) << 5 | field(bits, 11, 8) << 1,
                       13);
}

static inline int32_t imm_u(uint32_t bits)
{
    return (int32_t)(bits & 0xfffff000);
}

static inline int32_t imm_j(uint32_t bits)
{
    return sign_extend(field(bits, 31, 31) << 20 | field(bits, 19, 12) << 12 |
                           field(bits, 20, 20) << 11 | field(bits, 30, 21) << 1,
                       21);
}

/* Immediates of the compressed formats: unprivileged spec, 16.3 to 16.5. */

static inline int32_t imm_cj(uint32_t c)
{
    return sign_extend(field(c, 12, 12) << 11 | field(c, 11, 11) << 4 | field(c, 10, 9) << 8 |
                           field(c, 8, 8) << 10 | field(c, 7, 7) << 6 | field(c, 6, 6) << 7 |
                           field(c, 5, 3) << 1 | field(c, 2, 2) << 5,
                       12);
}

static inline int32_t imm_cb(uint32_t c)
{
    return sign_extend(field(c, 12, 12) << 8 | field(c, 11, 10) << 3 | field(c, 6, 5) << 6 |
                           field(c, 4, 3) << 1 | field(c, 2, 2) << 5,
                       9);
}

static inline int32_t imm_ci(uint32_t c)
{
    return sign_extend(field(c, 12, 12) << 5 | field(c, 6, 2), 6);
}

static inline int32_t imm_ci_sp(uint32_t c)
{
    return sign_extend(field(c, 12, 12) << 9 | field(c, 6, 6) << 4 | field(c, 5, 5) << 6 |
                           field(c, 4, 3) << 7 | field(c, 2, 2) << 5,
                       10);
}

static inline int32_t imm_ci_lw(uint32_t c)
{
    return (int32_t)(field(c, 12, 12) << 5 | field(c, 6, 4) << 2 | field(c, 3, 2) << 6);
}

static inline int32_t imm_ci_ld(uint32_t c)
{
    return (int32_t)(field(c, 12, 12) << 5 | field(c, 6, 5) << 3 | field(c, 4, 2) << 6);
}

static inline int32_t imm_css_w(uint32_t c)
{
    return (int32_t)(field(c, 12, 9) << 2 | field(c, 8, 7) << 6);
}

static inline int32_t imm_css_d(uint32_t c)
{
    return (int32_t)(field(c, 12, 10) << 3 | field(c, 9, 7) << 6);
}

static inline int32_t imm_ciw(uint32_t c)
{
    return (int32_t)(field(c, 12, 11) << 4 | field(c, 10, 7) << 6 | field(c, 6, 6) << 2 |
                     field(c, 5, 5) << 3);
}

static inline int32_t imm_cl_w(uint32_t c)
{
    return (int32_t)(field(c, 12, 10) << 3 | field(c, 6, 6) << 2 | field(c, 5, 5) << 6);
}

static inline int32_t imm_cl_d(uint32_t c)
{
    return (int32_t)(field(c, 12, 10) << 3 | field(c, 6, 5) << 6);
}

/* Registers that three bits name, x8 to x15: unprivileged spec, table 16.2. */
static inline unsigned reg3(uint32_t c, unsigned low)
{
    return 8 + field(c, low + 2, low);
}

#endif
