/* SPDX-License-Identifier: MIT */
/*
 * What an instruction of each kind of ops.def does, as macros that are part of hart_execute
 * (execute.c) and use its variables and labels. Chapters are those of the unprivileged spec.
 */
#ifndef BACKENDS_SOFT_HANDLERS_H
#define BACKENDS_SOFT_HANDLERS_H

/* The operands of the current instruction. The jump to a handler loads rs1 first, so an instruction
 * that computes the next one's rs1 can forward it in a register. */
#define RD  x[insn->rd]
#define RS1 rs1
#define RS2 x[insn->rs2]
#define FD  hart->f[insn->rd % 32] /* DISCARD is f0 */
#define FS2 hart->f[insn->rs2]
#define IMM ((uint64_t)(int64_t)insn->imm)

/* The meaning of an instruction, from ops.def. */
#define MEANING(name) op_##name(RS1, RS2, IMM, PC)

/* Two bytes of code have one struct insn of 16 bytes. A jump may lead below address 0 where
 * pointers have 32 bits: so the shift keeps the sign. */
#define CODE_OFFSET(insn) ((uint64_t)((intptr_t)(insn) >> 3))
#define PC                (bias + CODE_OFFSET(insn))

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

/* Ends an instruction with a jump to an address. Each loop jumps, so jumps check the limit. */
#define JUMP_TO(address)                                                                           \
    do {                                                                                           \
        target = (address);                                                                        \
        steps++;                                                                                   \
        if (steps >= limit || target - page_start >= PAGE_SIZE)                                    \
            goto far_jump;                                                                         \
        insn = code->insns + (target - page_start) / 2;                                            \
        ENTER();                                                                                   \
    } while (0)

/* The same with the immediate, a distance between structs. */
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

/* The kinds of instructions. `length` is in bytes; `base` is the row with the meaning, which for a
 * compressed encoding is another one. */

#define VALUE_OF(name, length, base)                                                               \
    name:                                                                                          \
    SET(length, MEANING(base));                                                                    \
    forward_##name : FORWARD(length, MEANING(base));

#define BRANCH_OF(name, length, base)                                                              \
    name:                                                                                          \
    if (MEANING(base))                                                                             \
        JUMP_BY_IMM();                                                                             \
    NEXT(length);

/* To pc + imm. */
#define JUMP_OF(name, length)                                                                      \
    name:                                                                                          \
    RD = PC + (length);                                                                            \
    JUMP_BY_IMM();

/* Reads rs1 before it writes rd: they may be the same register. */
#define JUMP_REGISTER_OF(name, length, base)                                                       \
    name:                                                                                          \
    target = MEANING(base);                                                                        \
    RD = PC + (length);                                                                            \
    JUMP_TO(target);

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

/* Loads and stores of floating-point registers: illegal while sstatus.FS is 0. */
#define FLOAT_LOAD_OF(name, length, type)                                                          \
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
    FD = value | (sizeof(type) == 4 ? FLOAT_BOX : 0);                                              \
    hart->sstatus |= SSTATUS_FS;                                                                   \
    NEXT(length);

#define FLOAT_STORE_OF(name, length, type)                                                         \
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

/* A computing instruction of F or D: float_ops.c executes it. */
#define FLOAT_OF(name)                                                                             \
    name:                                                                                          \
    op = OP_##name;                                                                                \
    goto compute_float;

/* The value of a word or doubleword in memory, in a register. */
#define EXTEND(value) (sizeof(value) == 4 ? sext32(value) : (uint64_t)(value))

#define AMO_OF(name, type)                                                                         \
    name : {                                                                                       \
        SAVE();                                                                                    \
        type *hva = mmu_atomic(hart, RS1, sizeof(type), true, &outcome);                           \
        if (!hva)                                                                                  \
            goto failed;                                                                           \
        type old = *hva;                                                                           \
        *hva = op_##name(old, (type)RS2);                                                          \
        RD = EXTEND(old);                                                                          \
    }                                                                                              \
    NEXT(4);

#define LOAD_RESERVED_OF(name, type)                                                               \
    name : {                                                                                       \
        SAVE();                                                                                    \
        const type *hva = mmu_atomic(hart, RS1, sizeof(type), false, &outcome);                    \
        if (!hva)                                                                                  \
            goto failed;                                                                           \
        hart->reservation = hva;                                                                   \
        RD = EXTEND(*hva);                                                                         \
    }                                                                                              \
    NEXT(4);

#define STORE_CONDITIONAL_OF(name, type)                                                           \
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
#define CSR_OF(name, writes)                                                                       \
    name:                                                                                          \
    SAVE();                                                                                        \
    if (!csr_read(hart, (uint32_t)insn->imm >> 20, &value))                                        \
        goto illegal;                                                                              \
    if (writes) {                                                                                  \
        if (!csr_write(hart, (uint32_t)insn->imm >> 20, op_##name(value, RS1, insn->rs1)))         \
            goto illegal;                                                                          \
        RD = value;                                                                                \
        goto state_changed;                                                                        \
    }                                                                                              \
    RD = value;                                                                                    \
    NEXT(4);

#endif
