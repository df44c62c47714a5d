/* SPDX-License-Identifier: MIT */
/*
 * The macros for handlers.def, which is part of hart_execute (execute.c) and uses its variables and
 * labels. Chapters are those of the unprivileged spec.
 */
#ifndef BACKENDS_SOFT_HANDLERS_H
#define BACKENDS_SOFT_HANDLERS_H

/* The operands of the current instruction. The jump to a handler loads rs1 first, so an instruction
 * that computes the next one's rs1 can forward it in a register. */
#define RD  x[insn->rd]
#define RS1 rs1
#define RS2 x[insn->rs2]
#define FS2 hart->f[insn->rs2]
#define IMM ((uint64_t)(int64_t)insn->imm)

/* Two bytes of code have one struct insn of 16 bytes. */
#define PC (bias + ((uintptr_t)insn >> 3))

#define SAVE()                                                                                     \
    do {                                                                                           \
        hart->pc = PC;                                                                             \
        hart->steps = steps;                                                                       \
    } while (0)

#define ENTER()                                                                                    \
    do {                                                                                           \
        rs1 = x[insn->rs1];                                                                        \
        goto * insn->handler;                                                                      \
    } while (0)

/* Executes the next instruction. The length of this one, in bytes, is a constant: if it came from
 * memory, each instruction would wait for the load of the previous one. */
#define NEXT(length)                                                                               \
    do {                                                                                           \
        steps++;                                                                                   \
        insn += (length) / 2;                                                                      \
        ENTER();                                                                                   \
    } while (0)

/* Ends an instruction whose only effect is a value in rd. */
#define SET(length, result)                                                                        \
    do {                                                                                           \
        RD = (result);                                                                             \
        NEXT(length);                                                                              \
    } while (0)

/* The same if rd is the rs1 of the next instruction (see forwards_rd), which memory would delay. */
#define FORWARD(length, result)                                                                    \
    do {                                                                                           \
        rs1 = (result);                                                                            \
        RD = rs1;                                                                                  \
        steps++;                                                                                   \
        insn += (length) / 2;                                                                      \
        goto * insn->handler;                                                                      \
    } while (0)

/* An operation with a compressed encoding has two handlers, one for each length. */
#define WITH_C(MAKE, name, ...) MAKE(name, 4, __VA_ARGS__) MAKE(c_##name, 2, __VA_ARGS__)

/* Ends an instruction with a jump to an address. Each loop jumps, so jumps check the limit. */
#define JUMP(address)                                                                              \
    do {                                                                                           \
        target = (address);                                                                        \
        steps++;                                                                                   \
        if (steps >= limit || target - page_start >= PAGE_SIZE)                                    \
            goto far_jump;                                                                         \
        insn = code->insns + (target - page_start) / 2;                                            \
        ENTER();                                                                                   \
    } while (0)

/* The same with the immediate, which decode.c has scaled to a distance between structs. */
#define JUMP_BY_IMM()                                                                              \
    do {                                                                                           \
        insn = (struct insn *)((uintptr_t)insn + IMM);                                             \
        steps++;                                                                                   \
        if (steps >= limit || (uintptr_t)insn - (uintptr_t)code >= INSNS_PER_PAGE * sizeof(*insn)) \
            goto jumped_out;                                                                       \
        ENTER();                                                                                   \
    } while (0)

#define TRAP(cause, value)                                                                         \
    do {                                                                                           \
        SAVE();                                                                                    \
        hart_trap(hart, cause, value);                                                             \
        goto trapped;                                                                              \
    } while (0)

#define COMPUTE_OF(name, length, expression)                                                       \
    name:                                                                                          \
    SET(length, (uint64_t)(expression));                                                           \
    forward_##name : FORWARD(length, (uint64_t)(expression));
#define COMPUTE(name, expression)   COMPUTE_OF(name, 4, expression)
#define COMPUTE_C(name, expression) WITH_C(COMPUTE_OF, name, expression)

#define BRANCH_OF(name, length, condition)                                                         \
    name:                                                                                          \
    if (condition)                                                                                 \
        JUMP_BY_IMM();                                                                             \
    NEXT(length);
#define BRANCH(name, condition)   BRANCH_OF(name, 4, condition)
#define BRANCH_C(name, condition) WITH_C(BRANCH_OF, name, condition)

#define JAL(name, length, ...)                                                                     \
    name:                                                                                          \
    RD = PC + (length);                                                                            \
    JUMP_BY_IMM();

/* Reads rs1 before it writes rd: they may be the same register. */
#define JALR(name, length, ...)                                                                    \
    name:                                                                                          \
    target = (RS1 + IMM) & ~1ull;                                                                  \
    RD = PC + (length);                                                                            \
    JUMP(target);

/* Whether the TLB has the page of gva; sets entry. On a miss mmu.c does the access, which may trap.
 */
#define TLB_HIT(kind, type)                                                                        \
    (entry = &tlb->data[kind][gva >> PAGE_SHIFT & (TLB_SIZE - 1)],                                 \
     entry->tag == (gva & ~(uint64_t)(PAGE_SIZE - sizeof(type))))

#define LOAD_BY(END, name, length, type)                                                           \
    name:                                                                                          \
    gva = RS1 + IMM;                                                                               \
    if (TLB_HIT(ACCESS_READ, type))                                                                \
        END(length, (uint64_t)(*(const type *)(gva + entry->addend)));                             \
    SAVE();                                                                                        \
    outcome = mmu_load(hart, gva, sizeof(type), &value);                                           \
    if (outcome != DONE)                                                                           \
        goto failed;                                                                               \
    END(length, (uint64_t)(type)value);
#define LOAD_OF(name, length, type)                                                                \
    LOAD_BY(SET, name, length, type)                                                               \
    LOAD_BY(FORWARD, forward_##name, length, type)
#define LOAD(name, type)   LOAD_OF(name, 4, type)
#define LOAD_C(name, type) WITH_C(LOAD_OF, name, type)

#define STORE_OF(name, length, type)                                                               \
    name:                                                                                          \
    gva = RS1 + IMM;                                                                               \
    if (TLB_HIT(ACCESS_WRITE, type)) {                                                             \
        *(type *)(gva + entry->addend) = (type)RS2;                                                \
        NEXT(length);                                                                              \
    }                                                                                              \
    SAVE();                                                                                        \
    outcome = mmu_store(hart, gva, sizeof(type), RS2);                                             \
    if (outcome != DONE)                                                                           \
        goto failed;                                                                               \
    NEXT(length);
#define STORE(name, type)   STORE_OF(name, 4, type)
#define STORE_C(name, type) WITH_C(STORE_OF, name, type)

/* Loads and stores of floating-point registers: illegal while sstatus.FS is 0. */
#define FLOAT_LOAD(name, length, type, box)                                                        \
    name:                                                                                          \
    if (!(hart->sstatus & SSTATUS_FS))                                                             \
        goto float_off;                                                                            \
    gva = RS1 + IMM;                                                                               \
    if (TLB_HIT(ACCESS_READ, type)) {                                                              \
        value = *(const type *)(gva + entry->addend);                                              \
    } else {                                                                                       \
        SAVE();                                                                                    \
        outcome = mmu_load(hart, gva, sizeof(type), &value);                                       \
        if (outcome != DONE)                                                                       \
            goto failed;                                                                           \
    }                                                                                              \
    FS2 = value | (box);                                                                           \
    hart->sstatus |= SSTATUS_FS;                                                                   \
    NEXT(length);

#define FLOAT_STORE(name, length, type)                                                            \
    name:                                                                                          \
    if (!(hart->sstatus & SSTATUS_FS))                                                             \
        goto float_off;                                                                            \
    gva = RS1 + IMM;                                                                               \
    if (TLB_HIT(ACCESS_WRITE, type)) {                                                             \
        *(type *)(gva + entry->addend) = (type)FS2;                                                \
        NEXT(length);                                                                              \
    }                                                                                              \
    SAVE();                                                                                        \
    outcome = mmu_store(hart, gva, sizeof(type), (type)FS2);                                       \
    if (outcome != DONE)                                                                           \
        goto failed;                                                                               \
    NEXT(length);

/* Reads, modifies and writes memory. The expression uses old, the value in memory, and operand. */
#define AMO(name, type, expression)                                                                \
    name : {                                                                                       \
        SAVE();                                                                                    \
        type *hva = mmu_atomic(hart, RS1, sizeof(type), true, &outcome);                           \
        if (!hva)                                                                                  \
            goto failed;                                                                           \
        type old = *hva, operand = (type)RS2;                                                      \
        *hva = (type)(expression);                                                                 \
        RD = (uint64_t)(int64_t)old;                                                               \
    }                                                                                              \
    NEXT(4);

#define AMO_BOTH(name, expression)                                                                 \
    AMO(name##_w, int32_t, expression)                                                             \
    AMO(name##_d, int64_t, expression)

#define UNSIGNED(value) (sizeof(value) == 4 ? (uint64_t)(uint32_t)(value) : (uint64_t)(value))

#define LOAD_RESERVED(name, type)                                                                  \
    name : {                                                                                       \
        SAVE();                                                                                    \
        const type *hva = mmu_atomic(hart, RS1, sizeof(type), false, &outcome);                    \
        if (!hva)                                                                                  \
            goto failed;                                                                           \
        hart->reservation = hva;                                                                   \
        RD = (uint64_t)(int64_t)*hva;                                                              \
    }                                                                                              \
    NEXT(4);

#define STORE_CONDITIONAL(name, type)                                                              \
    name : {                                                                                       \
        SAVE();                                                                                    \
        type *hva = mmu_atomic(hart, RS1, sizeof(type), true, &outcome);                           \
        if (!hva)                                                                                  \
            goto failed;                                                                           \
        bool stored = hart->reservation == hva;                                                    \
        if (stored)                                                                                \
            *hva = (type)RS2;                                                                      \
        hart->reservation = NULL;                                                                  \
        RD = !stored;                                                                              \
    }                                                                                              \
    NEXT(4);

/* Zicsr: csrrs and csrrc only read if the source is x0 or 0 (chapter 9). */
#define CSR(name, writes, new_value)                                                               \
    name:                                                                                          \
    SAVE();                                                                                        \
    if (!csr_read(hart, (uint32_t)insn->imm >> 20, &value))                                        \
        goto illegal;                                                                              \
    if (writes) {                                                                                  \
        if (!csr_write(hart, (uint32_t)insn->imm >> 20, new_value))                                \
            goto illegal;                                                                          \
        RD = value;                                                                                \
        goto state_changed;                                                                        \
    }                                                                                              \
    RD = value;                                                                                    \
    NEXT(4);

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

/* Division never traps (unprivileged spec, table 7.1). */

static int64_t divide(int64_t a, int64_t b)
{
    if (b == 0)
        return -1;
    return a == INT64_MIN && b == -1 ? a : a / b;
}

static int64_t remainder_of(int64_t a, int64_t b)
{
    if (b == 0)
        return a;
    return b == -1 ? 0 : a % b;
}

static uint64_t divide_unsigned(uint64_t a, uint64_t b)
{
    return b ? a / b : UINT64_MAX;
}

static uint64_t remainder_unsigned(uint64_t a, uint64_t b)
{
    return b ? a % b : a;
}

#endif
