/* SPDX-License-Identifier: MIT */
#include "rows.h"

#pragma GCC diagnostic ignored "-Wpedantic" /* empty arguments of macros */

#define R_WITH(name, result)                                                                       \
    {                                                                                              \
        [M] =                                                                                      \
            {[M] = S(name##_mm##result), [A] = S(name##_ma##result), [B] = S(name##_mb##result)},  \
        [A] = {[M] = S(name##_am##result), [B] = S(name##_ab##result)},                            \
        [B] = {[M] = S(name##_bm##result), [A] = S(name##_ba##result)},                            \
    }
#define I_WITH(name, result)                                                                       \
    {                                                                                              \
        [M] = {S(name##_m##result)}, [A] = {S(name##_a##result)}, [B] = {S(name##_b##result)},     \
    }
#define SHIFT_WITH(name, result)                                                                   \
    {                                                                                              \
        [M] = {[M] = S(name##_m##result), [BY] = S(name##_m##result##_by)},                        \
        [A] = {[M] = S(name##_a##result), [BY] = S(name##_a##result##_by)},                        \
        [B] = {[M] = S(name##_b##result), [BY] = S(name##_b##result##_by)},                        \
    }
#define TWO_WITH(name)                                                                             \
    {                                                                                              \
        [M] = {S(name##_mm), S(name##_ma), S(name##_mb), S(name##_mz)},                            \
        [A] = {[M] = S(name##_am), [B] = S(name##_ab), [Z] = S(name##_az)},                        \
        [B] = {[M] = S(name##_bm), [A] = S(name##_ba), [Z] = S(name##_bz)},                        \
    }

const struct stencils_of stencils_of_copy = {{I_WITH(copy, _a), I_WITH(copy, _b)}};
const struct stencils_of stencils_of_extension = {{I_WITH(extend, _a), I_WITH(extend, _b)}};

const struct stencils_of stencils_of_jalr = {{{
    [M] = {S(jalr_m_none), S(jalr_m_low), S(jalr_m_wide)},
    [A] = {S(jalr_a_none), S(jalr_a_low), S(jalr_a_wide)},
    [B] = {S(jalr_b_none), S(jalr_b_low), S(jalr_b_wide)},
}}};

const struct row translated_rows[OP_COUNT] = {
#define ROW(...)
#define VALUE_I(name)                                                                              \
    {                                                                                              \
        {                                                                                          \
            I_WITH(name, _a), I_WITH(name, _b)                                                     \
        }                                                                                          \
    }
#define VALUE_R(name)                                                                              \
    {                                                                                              \
        {                                                                                          \
            R_WITH(name, _a), R_WITH(name, _b)                                                     \
        }                                                                                          \
    }
#define VALUE_SHIFT(name)                                                                          \
    {                                                                                              \
        {                                                                                          \
            SHIFT_WITH(name, _a), SHIFT_WITH(name, _b)                                             \
        }                                                                                          \
    }
#define NONE                                                                                       \
    {                                                                                              \
        {                                                                                          \
            {                                                                                      \
                {                                                                                  \
                    0                                                                              \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }
#define VALUE_U(name)                      NONE
#define VALUE(name, format, ...)           [OP_##name] = {KIND_VALUE, OP_##name, VALUE_##format(name)},
#define BRANCH(name, ...)                  [OP_##name] = {KIND_BRANCH, OP_##name, {{TWO_WITH(name)}}},
#define JUMP(name, ...)                    [OP_##name] = {KIND_JUMP, OP_##name, NONE},
#define JUMP_REGISTER(name, ...)           [OP_##name] = {KIND_JUMP_REGISTER, OP_##name, NONE},
#define LOAD(name, ...)                    [OP_##name] = {KIND_LOAD, OP_##name, VALUE_I(name)},
#define STORE(name, ...)                   [OP_##name] = {KIND_STORE, OP_##name, {{TWO_WITH(name)}}},
#define FLOAT_LOAD(name, ...)              [OP_##name] = {KIND_FLOAT_LOAD, OP_##name, {{I_WITH(name, )}}},
#define FLOAT_STORE(name, ...)             [OP_##name] = {KIND_FLOAT_STORE, OP_##name, {{I_WITH(name, )}}},
#define FLOAT(name, ...)                   [OP_##name] = {KIND_FLOAT, OP_##name, NONE},
#define AMO(name, ...)                     [OP_##name] = {KIND_ATOMIC, OP_##name, NONE},
#define LOAD_RESERVED                      AMO
#define STORE_CONDITIONAL                  AMO
#define COMPRESSED(name, f, m, k, t, base) [OP_##name] = {KIND_OTHER, OP_##base, NONE},
#define C_VALUE                            COMPRESSED
#define C_BRANCH                           COMPRESSED
#define C_JUMP                             COMPRESSED
#define C_JUMP_REGISTER                    COMPRESSED
#define C_LOAD                             COMPRESSED
#define C_STORE                            COMPRESSED
#define C_FLOAT_LOAD                       COMPRESSED
#define C_FLOAT_STORE                      COMPRESSED
#include "isa/riscv/ops.def"
    [OP_fence] = {KIND_NOTHING, OP_fence, NONE},
    [OP_fence_tso] = {KIND_NOTHING, OP_fence_tso, NONE},
    [OP_fence_i] = {KIND_NOTHING, OP_fence_i, NONE},
};
