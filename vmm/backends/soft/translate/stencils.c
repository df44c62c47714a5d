/* SPDX-License-Identifier: MIT */
/*
 * Stencils: a function for each instruction of ops.def and each way to find its operands. The
 * build takes their machine code (tools/stencils.c); they are never linked. Holes are symbols that
 * nobody defines; a function ends with a jump to the next.
 */
#include "isa/riscv/meaning.h"
#include "translated.h"

#include <stddef.h>

#pragma GCC diagnostic ignored "-Wunused-parameter"

extern char hole_rd[], hole_rs1[], hole_rs2[], hole_imm[], hole_count[];
typedef unsigned stencil_function(TRANSLATED_ARGUMENTS);
stencil_function hole_next, hole_taken;

#ifdef __clang__
#define TAIL_CALL __attribute__((musttail)) return
#else
#define TAIL_CALL return
#endif

#define STENCIL(name)                                                                              \
    stencil_function name;                                                                         \
    unsigned name(TRANSLATED_ARGUMENTS)

/* Continues at a hole. The scratch register has any value. */
#define GO(where)                                                                                  \
    do {                                                                                           \
        __asm__("" : "=c"(d));                                                                     \
        TAIL_CALL where(hart, tlb, b, d, a, left);                                                 \
    } while (0)

/* Jumps to a hole, by an instruction of its own, with all arguments where they belong. A compiler
 * would jump around a jump. */
#define JUMP_OUT(code, ...)                                                                        \
    do {                                                                                           \
        register uint64_t a_ __asm__("r8") = a;                                                    \
        register int64_t left_ __asm__("r9") = left;                                               \
        __asm__ volatile(code                                                                      \
                         : "+r"(left_)                                                             \
                         : "D"(hart), "S"(tlb), "d"(b), "c"(d), "r"(a_), ##__VA_ARGS__             \
                         : "cc", "memory");                                                        \
        left = left_;                                                                              \
    } while (0)

/* The number in a hole: sign-extended, zero-extended, or of two halves. */
#define NUMBER(hole) ((uint64_t)(intptr_t)(hole))
#define LOW(hole)                                                                                  \
    ({                                                                                             \
        uint64_t value_;                                                                           \
        __asm__("movl $" #hole ", %k0" : "=r"(value_));                                            \
        value_;                                                                                    \
    })
#define WIDE(low, high) (LOW(high) << 32 | LOW(low))
/* Loads an operand by an instruction of its own: a CPU that renames memory forwards the last store
 * to such a load in no time, but to an operand of an addition in seven cycles. */
#define READ(hole)                                                                                 \
    ({                                                                                             \
        uint64_t operand_ = AT(hole);                                                              \
        __asm__("" : "+r"(operand_));                                                              \
        operand_;                                                                                  \
    })
#define AT(hole) (*(uint64_t *)((char *)hart + NUMBER(hole)))
#define RD       AT(hole_rd)
#define RS1      READ(hole_rs1)
#define RS2      READ(hole_rs2)
#define IMM      NUMBER(hole_imm)

/* ---- Instructions whose only effect is a value in rd ---- */

/*
 * Where the operands and the result are: _mb_a has rs1 in the hart (memory), rs2 in the register b,
 * and leaves the result in a. It is in the hart, too, so that either register can be forgotten.
 */
#define VALUE_BY(name, way, x, y, imm, result)                                                     \
    STENCIL(name##way)                                                                             \
    {                                                                                              \
        result = op_##name(x, y, imm, 0);                                                          \
        RD = result;                                                                               \
        GO(hole_next);                                                                             \
    }
#define VALUE_FROM(name, way, x, y, imm)                                                           \
    VALUE_BY(name, way##_a, x, y, imm, a)                                                          \
    VALUE_BY(name, way##_b, x, y, imm, b)
#define VALUE_R(name)                                                                              \
    VALUE_FROM(name, _mm, RS1, RS2, 0)                                                             \
    VALUE_FROM(name, _ma, RS1, a, 0)                                                               \
    VALUE_FROM(name, _mb, RS1, b, 0)                                                               \
    VALUE_FROM(name, _am, a, RS2, 0)                                                               \
    VALUE_FROM(name, _ab, a, b, 0)                                                                 \
    VALUE_FROM(name, _bm, b, RS2, 0)                                                               \
    VALUE_FROM(name, _ba, b, a, 0)
#define VALUE_IMM(name, by, imm)                                                                   \
    VALUE_BY(name, _m_a##by, RS1, 0, imm, a)                                                       \
    VALUE_BY(name, _m_b##by, RS1, 0, imm, b)                                                       \
    VALUE_BY(name, _a_a##by, a, 0, imm, a)                                                         \
    VALUE_BY(name, _a_b##by, a, 0, imm, b)                                                         \
    VALUE_BY(name, _b_a##by, b, 0, imm, a)                                                         \
    VALUE_BY(name, _b_b##by, b, 0, imm, b)
#define VALUE_I(name) VALUE_IMM(name, , IMM)
/* The build compares three amounts, and finds the byte that holds it. */
#define VALUE_SHIFT(name)                                                                          \
    VALUE_I(name)                                                                                  \
    VALUE_IMM(name, _by13, 13)                                                                     \
    VALUE_IMM(name, _by14, 14)                                                                     \
    VALUE_IMM(name, _by19, 19)
#define VALUE_U(name) /* a constant when it is translated */

/* Constants, whose upper half is zeros, copies of bit 31, or given; and copies of a register. */
#define CONSTANT(way, result)                                                                      \
    VALUE_BY(zero_extended, way, 0, 0, LOW(hole_pc_low), result)                                   \
    VALUE_BY(sign_extended, way, 0, 0, IMM, result)                                                \
    VALUE_BY(wide, way, 0, 0, WIDE(hole_pc_low, hole_pc_high), result)
#define op_zero_extended(x, y, imm, pc) (imm)
#define op_sign_extended(x, y, imm, pc) (imm)
#define op_wide(x, y, imm, pc)          (imm)
#define op_copy(x, y, imm, pc)          (x)
#define op_extend(x, y, imm, pc)        sext32(x)
CONSTANT(_a, a)
CONSTANT(_b, b)
VALUE_IMM(copy, , 0)
VALUE_IMM(extend, , 0)

/* ---- Jumps ---- */

/* Each jump ends a block, so it compares the steps with the limit. */
#define COUNT_STEPS() JUMP_OUT("subq $hole_count, %0\n\tjle hole_stop")

#define BRANCH_BY(name, way, x, y)                                                                 \
    STENCIL(name##way)                                                                             \
    {                                                                                              \
        if (__builtin_expect(op_##name(x, y, 0, 0), 1)) {                                          \
            COUNT_STEPS();                                                                         \
            GO(hole_taken);                                                                        \
        }                                                                                          \
        GO(hole_next);                                                                             \
    }

/* Ends a block before a jump. */
STENCIL(count)
{
    COUNT_STEPS();
    GO(hole_next);
}

/* The same without a look at the limit, in the middle of a long block. */
STENCIL(count_on)
{
    left -= (int64_t)NUMBER(hole_count);
    GO(hole_next);
}

STENCIL(jump)
{
    GO(hole_taken);
}

/* To another page: only if the TLB has it as it was when this was translated. */
STENCIL(jump_far)
{
    JUMP_OUT("cmpl $hole_page, hole_fetch(%%rsi)\n\tjne hole_stop");
    GO(hole_taken);
}

/* To d, wherever it is: the TLB has the page's entries. */
#define JUMP_INDIRECT()                                                                            \
    do {                                                                                           \
        const struct fetch_entry *fetch = &tlb->fetch[d >> PAGE_SHIFT & (TLB_SIZE - 1)];           \
                                                                                                   \
        JUMP_OUT("cmpq %[tag], %[page]\n\tjne hole_slow", [tag] "m"(fetch->tag),                   \
                 [page] "r"(d & ~(uint64_t)(PAGE_SIZE - 1)));                                      \
        COUNT_STEPS();                                                                             \
        TAIL_CALL fetch->translated->entries[d % PAGE_SIZE / 2](hart, tlb, b, d, a, left);         \
    } while (0)

/* _none: rd is x0; else how wide the return address is. */
#define JUMP_REGISTER_BY(name, way, x, link)                                                       \
    STENCIL(name##way)                                                                             \
    {                                                                                              \
        d = op_##name(x, 0, IMM, 0);                                                               \
        link;                                                                                      \
        JUMP_INDIRECT();                                                                           \
    }

/* ---- Loads and stores ---- */

/* Jumps to the slow path unless the TLB has the page of d and the access is aligned. */
#define FIND(kind, type)                                                                           \
    const uint64_t index = (d >> (PAGE_SHIFT - 4)) & ((TLB_SIZE - 1) << 4);                        \
    JUMP_OUT("cmpq %c[tag](%%rsi,%[index]), %[page]\n\tjne hole_slow", [index] "r"(index),         \
             [tag] "i"(offsetof(struct tlb, data) + (kind) * sizeof(tlb->data[0])),                \
             [page] "r"(d & ~(uint64_t)(PAGE_SIZE - sizeof(type))));                               \
    const uintptr_t addend =                                                                       \
        ((const struct tlb_entry *)((const char *)tlb->data[kind] + index))->addend

_Static_assert(sizeof(struct tlb_entry) == 1 << 4, "FIND computes its address");

#define LOAD_BY(name, way, x, result)                                                              \
    STENCIL(name##way)                                                                             \
    {                                                                                              \
        d = (x) + IMM;                                                                             \
        FIND(ACCESS_READ, type_##name);                                                            \
        result = (uint64_t)(*(const type_##name *)(d + addend));                                   \
        RD = result;                                                                               \
        GO(hole_next);                                                                             \
    }

#define STORE_BY(name, way, x, y)                                                                  \
    STENCIL(name##way)                                                                             \
    {                                                                                              \
        d = (x) + IMM;                                                                             \
        FIND(ACCESS_WRITE, type_##name);                                                           \
        *(type_##name *)(d + addend) = (type_##name)(y);                                           \
        GO(hole_next);                                                                             \
    }

/* Illegal while sstatus.FS is 0: the interpreter does the rest then. */
#define CHECK_FLOAT()                                                                              \
    JUMP_OUT("testq %[on], %[sstatus]\n\tje hole_stop", [on] "i"(SSTATUS_FS),                      \
             [sstatus] "m"(hart->sstatus))

#define FLOAT_LOAD_BY(name, way, x)                                                                \
    STENCIL(name##way)                                                                             \
    {                                                                                              \
        CHECK_FLOAT();                                                                             \
        d = (x) + IMM;                                                                             \
        FIND(ACCESS_READ, type_##name);                                                            \
        RD = *(const type_##name *)(d + addend) | (sizeof(type_##name) == 4 ? FLOAT_BOX : 0);      \
        hart->sstatus |= SSTATUS_FS;                                                               \
        GO(hole_next);                                                                             \
    }

#define FLOAT_STORE_BY(name, way, x)                                                               \
    STENCIL(name##way)                                                                             \
    {                                                                                              \
        CHECK_FLOAT();                                                                             \
        d = (x) + IMM;                                                                             \
        FIND(ACCESS_WRITE, type_##name);                                                           \
        *(type_##name *)(d + addend) = (type_##name)RS2;                                           \
        GO(hole_next);                                                                             \
    }

/* ---- What is made of the rows ---- */

#define ROW(...)
#define VALUE(name, format, ...) VALUE_##format(name)
/* The ways in which two registers are read; x0 has one of its own, _z. */
#define TWO(OF, name)                                                                              \
    OF(name, _mm, RS1, RS2)                                                                        \
    OF(name, _ma, RS1, a)                                                                          \
    OF(name, _mb, RS1, b)                                                                          \
    OF(name, _am, a, RS2)                                                                          \
    OF(name, _ab, a, b)                                                                            \
    OF(name, _bm, b, RS2)                                                                          \
    OF(name, _ba, b, a)                                                                            \
    OF(name, _mz, RS1, 0)                                                                          \
    OF(name, _az, a, 0)                                                                            \
    OF(name, _bz, b, 0)
#define ONE(OF, name, ...)                                                                         \
    OF(name, _m, RS1, ##__VA_ARGS__)                                                               \
    OF(name, _a, a, ##__VA_ARGS__)                                                                 \
    OF(name, _b, b, ##__VA_ARGS__)
#define LOAD_A(name, way, x)       LOAD_BY(name, way##_a, x, a)
#define LOAD_B(name, way, x)       LOAD_BY(name, way##_b, x, b)
#define JUMP_NO_LINK(name, way, x) JUMP_REGISTER_BY(name, way##_none, x, )
#define JUMP_LINK(name, way, x)    JUMP_REGISTER_BY(name, way##_low, x, RD = LOW(hole_pc_low))
#define JUMP_LINK_WIDE(name, way, x)                                                               \
    JUMP_REGISTER_BY(name, way##_wide, x, RD = WIDE(hole_pc_low, hole_pc_high))

#define BRANCH(name, ...) TWO(BRANCH_BY, name)
#define STORE(name, ...)  TWO(STORE_BY, name)
#define LOAD(name, ...)                                                                            \
    ONE(LOAD_A, name)                                                                              \
    ONE(LOAD_B, name)
#define FLOAT_LOAD(name, ...)  ONE(FLOAT_LOAD_BY, name)
#define FLOAT_STORE(name, ...) ONE(FLOAT_STORE_BY, name)
#define JUMP_REGISTER(name, ...)                                                                   \
    ONE(JUMP_NO_LINK, name)                                                                        \
    ONE(JUMP_LINK, name)                                                                           \
    ONE(JUMP_LINK_WIDE, name)
#include "isa/riscv/ops.def"

/* ---- Slow paths and ways out ---- */

/* What a slow path may need: the pc of the instruction and the steps before it. */
#define SAVE()                                                                                     \
    do {                                                                                           \
        hart->pc = WIDE(hole_pc_low, hole_pc_high);                                                \
        hart->steps = hart->limit - (uint64_t)left + NUMBER(hole_count);                           \
    } while (0)

#define CALL_BY(name, function, argument, insn, result)                                            \
    STENCIL(name)                                                                                  \
    {                                                                                              \
        unsigned leave;                                                                            \
                                                                                                   \
        SAVE();                                                                                    \
        leave = hart->vm->slow->function(hart, argument, (uint32_t)insn);                          \
        if (leave)                                                                                 \
            return leave;                                                                          \
        result;                                                                                    \
        GO(hole_next);                                                                             \
    }
CALL_BY(slow_load_a, load, d, LOW(hole_insn), a = RD)
CALL_BY(slow_load_b, load, d, LOW(hole_insn), b = RD)
CALL_BY(slow_float_load, load, d, LOW(hole_insn), )
CALL_BY(slow_store, store, d, LOW(hole_insn), )
CALL_BY(atomic, atomic, RS1, LOW(hole_insn), )
CALL_BY(compute_float, compute_float, (enum op)LOW(hole_op), LOW(hole_insn), )

/* At a pc. */
STENCIL(leave)
{
    SAVE();
    hart->exit_site = (uint32_t)LOW(hole_site);
    return (unsigned)LOW(hole_leave);
}

/* At d, the target of an indirect jump. */
STENCIL(leave_indirect)
{
    hart->pc = d;
    hart->steps = hart->limit - (uint64_t)left + NUMBER(hole_count);
    hart->exit_site = 0;
    return (unsigned)LOW(hole_leave);
}
