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
translated_code hole_next, hole_taken;

#ifdef __clang__
#define TAIL_CALL __attribute__((musttail)) return
#else
#define TAIL_CALL return
#endif

#define STENCIL(name)                                                                              \
    translated_code name;                                                                          \
    unsigned name(TRANSLATED_ARGUMENTS)

/* Continues at a hole. The scratch registers have any value. */
#define GO(where)                                                                                  \
    do {                                                                                           \
        __asm__("" : "=d"(d), "=c"(c));                                                            \
        TAIL_CALL where(hart, tlb, d, c, last, left);                                              \
    } while (0)

/* Jumps to a hole, by an instruction of its own, with all arguments where they belong. A compiler
 * would jump around a jump. */
#define JUMP_OUT(code, ...)                                                                        \
    do {                                                                                           \
        register uint64_t last_ __asm__("r8") = last;                                              \
        register int64_t left_ __asm__("r9") = left;                                               \
        __asm__ volatile(code                                                                      \
                         : "+r"(left_)                                                             \
                         : "D"(hart), "S"(tlb), "d"(d), "r"(last_), ##__VA_ARGS__                  \
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
#define AT(hole) (*(uint64_t *)((char *)hart + NUMBER(hole)))
#define RD       AT(hole_rd)
#define RS1      AT(hole_rs1)
#define RS2      AT(hole_rs2)
#define IMM      NUMBER(hole_imm)

/* ---- Instructions whose only effect is a value in rd ---- */

/* _mm: both operands are in the hart; _am, _ma: rs1 or rs2 is the last result. */
#define VALUE_BY(name, way, a, b, imm)                                                             \
    STENCIL(name##way)                                                                             \
    {                                                                                              \
        last = op_##name(a, b, imm, 0);                                                            \
        RD = last;                                                                                 \
        GO(hole_next);                                                                             \
    }
#define VALUE_I(name)                                                                              \
    VALUE_BY(name, _mm, RS1, 0, IMM)                                                               \
    VALUE_BY(name, _am, last, 0, IMM)
#define VALUE_R(name)                                                                              \
    VALUE_BY(name, _mm, RS1, RS2, 0)                                                               \
    VALUE_BY(name, _am, last, RS2, 0)                                                              \
    VALUE_BY(name, _ma, RS1, last, 0)
/* The build compares three amounts, and finds the byte that holds it. */
#define VALUE_SHIFT(name)                                                                          \
    VALUE_I(name)                                                                                  \
    VALUE_BY(name, _mm_by13, RS1, 0, 13)                                                           \
    VALUE_BY(name, _mm_by14, RS1, 0, 14)                                                           \
    VALUE_BY(name, _mm_by19, RS1, 0, 19)                                                           \
    VALUE_BY(name, _am_by13, last, 0, 13)                                                          \
    VALUE_BY(name, _am_by14, last, 0, 14)                                                          \
    VALUE_BY(name, _am_by19, last, 0, 19)
#define VALUE_U(name) /* a constant when it is translated */

/* Constants: the upper half is zeros, copies of bit 31, or given. */
#define CONSTANT(way, value)                                                                       \
    STENCIL(constant##way)                                                                         \
    {                                                                                              \
        last = value;                                                                              \
        RD = last;                                                                                 \
        GO(hole_next);                                                                             \
    }
CONSTANT(_unsigned, LOW(hole_pc_low))
CONSTANT(_signed, NUMBER(hole_imm))
CONSTANT(_wide, WIDE(hole_pc_low, hole_pc_high))

/* A copy of a register. */
STENCIL(move_m)
{
    last = RS1;
    RD = last;
    GO(hole_next);
}

STENCIL(move_a)
{
    RD = last;
    GO(hole_next);
}

/* ---- Jumps ---- */

/* Each jump ends a block, so it compares the steps with the limit. */
#define COUNT_STEPS() JUMP_OUT("subq $hole_count, %0\n\tjle hole_stop")

#define BRANCH_BY(name, way, a, b)                                                                 \
    STENCIL(name##way)                                                                             \
    {                                                                                              \
        if (__builtin_expect(op_##name(a, b, 0, 0), 1)) {                                          \
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
        TAIL_CALL fetch->translated->entries[d % PAGE_SIZE / 2](hart, tlb, d, c, last, left);      \
    } while (0)

/* _none: rd is x0; else how wide the return address is. */
#define JUMP_REGISTER_BY(name, way, a, link)                                                       \
    STENCIL(name##way)                                                                             \
    {                                                                                              \
        d = op_##name(a, 0, IMM, 0);                                                               \
        link;                                                                                      \
        __asm__("" : "=c"(c));                                                                     \
        JUMP_INDIRECT();                                                                           \
    }

/* ---- Loads and stores ---- */

/* Jumps to the slow path unless the TLB has the page of d and the access is aligned. */
#define FIND(kind, type)                                                                           \
    const struct tlb_entry *entry =                                                                \
        (const struct tlb_entry *)((char *)tlb->data[kind] +                                       \
                                   ((d >> (PAGE_SHIFT - 4)) & ((TLB_SIZE - 1) << 4)));             \
    JUMP_OUT("cmpq %[tag], %[page]\n\tjne hole_slow", [tag] "m"(entry->tag),                       \
             [page] "r"(d & ~(uint64_t)(PAGE_SIZE - sizeof(type))))

_Static_assert(sizeof(struct tlb_entry) == 1 << 4, "FIND computes its address");

#define LOAD_BY(name, way, a)                                                                      \
    STENCIL(name##way)                                                                             \
    {                                                                                              \
        d = (a) + IMM;                                                                             \
        FIND(ACCESS_READ, type_##name);                                                            \
        last = (uint64_t)(*(const type_##name *)(d + entry->addend));                              \
        RD = last;                                                                                 \
        GO(hole_next);                                                                             \
    }

#define STORE_BY(name, way, a, b)                                                                  \
    STENCIL(name##way)                                                                             \
    {                                                                                              \
        d = (a) + IMM;                                                                             \
        FIND(ACCESS_WRITE, type_##name);                                                           \
        *(type_##name *)(d + entry->addend) = (type_##name)(b);                                    \
        GO(hole_next);                                                                             \
    }

/* Illegal while sstatus.FS is 0: the interpreter does the rest then. */
#define CHECK_FLOAT()                                                                              \
    JUMP_OUT("testq %[on], %[sstatus]\n\tje hole_stop", [on] "i"(SSTATUS_FS),                      \
             [sstatus] "m"(hart->sstatus))

#define FLOAT_LOAD_BY(name, way, a)                                                                \
    STENCIL(name##way)                                                                             \
    {                                                                                              \
        CHECK_FLOAT();                                                                             \
        d = (a) + IMM;                                                                             \
        FIND(ACCESS_READ, type_##name);                                                            \
        RD = *(const type_##name *)(d + entry->addend) |                                           \
             (sizeof(type_##name) == 4 ? FLOAT_BOX : 0);                                           \
        hart->sstatus |= SSTATUS_FS;                                                               \
        GO(hole_next);                                                                             \
    }

#define FLOAT_STORE_BY(name, way, a)                                                               \
    STENCIL(name##way)                                                                             \
    {                                                                                              \
        CHECK_FLOAT();                                                                             \
        d = (a) + IMM;                                                                             \
        FIND(ACCESS_WRITE, type_##name);                                                           \
        *(type_##name *)(d + entry->addend) = (type_##name)RS2;                                    \
        GO(hole_next);                                                                             \
    }

/* ---- What is made of the rows ---- */

#define ROW(...)
#define VALUE(name, format, ...) VALUE_##format(name)
#define BRANCH(name, ...)                                                                          \
    BRANCH_BY(name, _mm, RS1, RS2)                                                                 \
    BRANCH_BY(name, _am, last, RS2)                                                                \
    BRANCH_BY(name, _ma, RS1, last)                                                                \
    BRANCH_BY(name, _mz, RS1, 0)                                                                   \
    BRANCH_BY(name, _az, last, 0)
#define JUMP_REGISTER(name, ...)                                                                   \
    JUMP_REGISTER_BY(name, _m_none, RS1, )                                                         \
    JUMP_REGISTER_BY(name, _a_none, last, )                                                        \
    JUMP_REGISTER_BY(name, _m_unsigned, RS1, RD = LOW(hole_pc_low))                                \
    JUMP_REGISTER_BY(name, _a_unsigned, last, RD = LOW(hole_pc_low))                               \
    JUMP_REGISTER_BY(name, _m_wide, RS1, RD = WIDE(hole_pc_low, hole_pc_high))                     \
    JUMP_REGISTER_BY(name, _a_wide, last, RD = WIDE(hole_pc_low, hole_pc_high))
#define LOAD(name, ...)                                                                            \
    LOAD_BY(name, _m, RS1)                                                                         \
    LOAD_BY(name, _a, last)
#define STORE(name, ...)                                                                           \
    STORE_BY(name, _mm, RS1, RS2)                                                                  \
    STORE_BY(name, _am, last, RS2)                                                                 \
    STORE_BY(name, _ma, RS1, last)
#define FLOAT_LOAD(name, ...)                                                                      \
    FLOAT_LOAD_BY(name, _m, RS1)                                                                   \
    FLOAT_LOAD_BY(name, _a, last)
#define FLOAT_STORE(name, ...)                                                                     \
    FLOAT_STORE_BY(name, _m, RS1)                                                                  \
    FLOAT_STORE_BY(name, _a, last)
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
        leave = hart->vm->slow->function(hart, argument, (uint32_t)insn);                                    \
        if (leave)                                                                                 \
            return leave;                                                                          \
        last = result;                                                                             \
        GO(hole_next);                                                                             \
    }
CALL_BY(slow_load, load, d, LOW(hole_insn), RD)
CALL_BY(slow_float_load, load, d, LOW(hole_insn), last)
CALL_BY(slow_store, store, d, LOW(hole_insn), last)
CALL_BY(atomic, atomic, RS1, LOW(hole_insn), last)
CALL_BY(compute_float, compute_float, LOW(hole_op), LOW(hole_insn), last)

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
