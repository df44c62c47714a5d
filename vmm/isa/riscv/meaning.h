/* SPDX-License-Identifier: MIT */
/*
 * The meanings in ops.def as functions: op_addi(rs1, rs2, imm, pc) and so on; and the types that
 * loads and stores have in memory: type_lw. Chapters are those of the unprivileged spec.
 */
#ifndef ISA_RISCV_MEANING_H
#define ISA_RISCV_MEANING_H

#include <stdbool.h>
#include <stdint.h>

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

/* Returns the low 32 bits as a signed number: the result of an instruction on words. */
static inline uint64_t sext32(uint64_t value)
{
    return (uint64_t)(int64_t)(int32_t)value;
}

/* Division never traps: table 7.1. */

static inline int64_t divide(int64_t a, int64_t b)
{
    if (b == 0)
        return -1;
    return a == INT64_MIN && b == -1 ? a : a / b;
}

static inline int64_t remainder_of(int64_t a, int64_t b)
{
    if (b == 0)
        return a;
    return b == -1 ? 0 : a % b;
}

static inline uint64_t divide_unsigned(uint64_t a, uint64_t b)
{
    return b ? a / b : UINT64_MAX;
}

static inline uint64_t remainder_unsigned(uint64_t a, uint64_t b)
{
    return b ? a % b : a;
}

/* A meaning uses some of these. */
#define MEANING(type, name, meaning)                                                               \
    static inline type op_##name(uint64_t rs1, uint64_t rs2, uint64_t imm, uint64_t pc)            \
    {                                                                                              \
        (void)rs1, (void)rs2, (void)imm, (void)pc;                                                 \
        return (type)(meaning);                                                                    \
    }

#define ROW(...)
#define VALUE(name, format, match, mask, text, meaning)  MEANING(uint64_t, name, meaning)
#define BRANCH(name, format, match, mask, text, meaning) MEANING(bool, name, meaning)
#define JUMP                                             VALUE
#define JUMP_REGISTER                                    VALUE

#define LOAD(name, format, match, mask, text, type) typedef type type_##name;
#define STORE                                       LOAD
#define LOAD_RESERVED                               LOAD
#define STORE_CONDITIONAL                           LOAD
#define FLOAT_LOAD                                  LOAD
#define FLOAT_STORE                                 LOAD

#define AMO(name, format, match, mask, text, type, meaning)                                        \
    typedef type type_##name;                                                                      \
    static inline type op_##name(type old, type rs2)                                               \
    {                                                                                              \
        (void)old, (void)rs2;                                                                      \
        return meaning;                                                                            \
    }

#define CSR(name, format, match, mask, text, meaning)                                              \
    static inline uint64_t op_##name(uint64_t old, uint64_t rs1, uint64_t zimm)                    \
    {                                                                                              \
        (void)old, (void)rs1, (void)zimm;                                                          \
        return meaning;                                                                            \
    }
#define CSR_BITS CSR

#include "ops.def"
#undef MEANING

#endif
