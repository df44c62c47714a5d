/* SPDX-License-Identifier: MIT */
/* What translated code calls: accesses that miss the TLB, atomic instructions, floating point. */
#include "isa/riscv/meaning.h"
#include "translate.h"
#include "translated.h"

#include <string.h>

static struct slow_insn unpack(uint32_t bits)
{
    struct slow_insn insn;

    memcpy(&insn, &bits, sizeof(insn));
    return insn;
}

/* Ends an instruction. If a block was discarded, it may be the one that executes. */
static unsigned end(struct hart *hart, enum outcome outcome, unsigned length)
{
    hart->outcome = outcome;
    if (outcome != DONE)
        return LEAVE_FAILED;
    if (!hart->vm->code_changed)
        return LEAVE_NOT;
    hart->pc += length;
    hart->steps++;
    hart->exit_site = 0;
    return LEAVE_RESUME;
}

static unsigned slow_load(struct hart *hart, uint64_t gva, uint32_t bits)
{
    const struct slow_insn insn = unpack(bits);
    uint64_t *x = &hart->x[insn.rd ? insn.rd : DISCARD], value;
    enum outcome outcome = DONE;

    switch (insn.op) {
#define ROW(...)
#define LOAD(name, ...)                                                                            \
    case OP_##name:                                                                                \
        outcome = mmu_load(hart, gva, sizeof(type_##name), &value);                                \
        if (outcome == DONE)                                                                       \
            *x = (uint64_t)(type_##name)value;                                                     \
        break;
#define FLOAT_LOAD(name, ...)                                                                      \
    case OP_##name:                                                                                \
        outcome = mmu_load(hart, gva, sizeof(type_##name), &value);                                \
        if (outcome != DONE)                                                                       \
            break;                                                                                 \
        hart->f[insn.rd] = value | (sizeof(type_##name) == 4 ? FLOAT_BOX : 0);                     \
        hart->sstatus |= SSTATUS_FS;                                                               \
        break;
#include "isa/riscv/ops.def"
    default:
        break;
    }
    return end(hart, outcome, insn.length);
}

static unsigned slow_store(struct hart *hart, uint64_t gva, uint32_t bits)
{
    const struct slow_insn insn = unpack(bits);
    enum outcome outcome = DONE;

    switch (insn.op) {
#define ROW(...)
#define STORE(name, ...)                                                                           \
    case OP_##name:                                                                                \
        outcome = mmu_store(hart, gva, sizeof(type_##name), hart->x[insn.rs2]);                    \
        break;
#define FLOAT_STORE(name, ...)                                                                     \
    case OP_##name:                                                                                \
        outcome = mmu_store(hart, gva, sizeof(type_##name), (type_##name)hart->f[insn.rs2]);       \
        break;
#include "isa/riscv/ops.def"
    default:
        break;
    }
    return end(hart, outcome, insn.length);
}

static unsigned compute_float(struct hart *hart, enum op op, uint32_t bits)
{
    hart->exit_site = 0;
    return hart_compute_float(hart, op, bits) ? LEAVE_NOT : LEAVE_INTERPRET;
}

/* The value of a word or doubleword in memory, in a register. */
#define EXTEND(value) (sizeof(value) == 4 ? sext32(value) : (uint64_t)(value))

static unsigned atomic(struct hart *hart, uint64_t gva, uint32_t bits)
{
    const struct slow_insn insn = unpack(bits);
    const uint64_t rs2 = hart->x[insn.rs2];
    uint64_t *rd = &hart->x[insn.rd ? insn.rd : DISCARD];
    enum outcome outcome = DONE;

    switch (insn.op) {
#define ROW(...)
#define ACCESS(type, write)                                                                        \
    type *hva = mmu_atomic(hart, gva, sizeof(type), write, &outcome);                              \
    if (!hva)                                                                                      \
    break
#define AMO(name, ...)                                                                             \
    case OP_##name: {                                                                              \
        ACCESS(type_##name, true);                                                                 \
        const type_##name old = *hva;                                                              \
        *hva = op_##name(old, (type_##name)rs2);                                                   \
        *rd = EXTEND(old);                                                                         \
        break;                                                                                     \
    }
#define LOAD_RESERVED(name, ...)                                                                   \
    case OP_##name: {                                                                              \
        ACCESS(type_##name, false);                                                                \
        hart->reservation = hva;                                                                   \
        *rd = EXTEND(*hva);                                                                        \
        break;                                                                                     \
    }
#define STORE_CONDITIONAL(name, ...)                                                               \
    case OP_##name: {                                                                              \
        ACCESS(type_##name, true);                                                                 \
        const bool stored = hart->reservation == hva;                                              \
        if (stored)                                                                                \
            *hva = (type_##name)rs2;                                                               \
        hart->reservation = NULL;                                                                  \
        *rd = !stored;                                                                             \
        break;                                                                                     \
    }
#include "isa/riscv/ops.def"
    default:
        break;
    }
    return end(hart, outcome, insn.length);
}

const struct slow_paths translated_slow_paths = {
    .load = slow_load,
    .store = slow_store,
    .compute_float = compute_float,
    .atomic = atomic,
};
