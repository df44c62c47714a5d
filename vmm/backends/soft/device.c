/* SPDX-License-Identifier: MIT */
/* Accesses to addresses without RAM. The core performs them on a device; this file completes the
 * instruction that made them. */
#include "hart.h"

#include "core/vm.h"
#include "isa/riscv/decode.h"
#include "isa/riscv/meaning.h"

#include <inttypes.h>
#include <stdio.h>

/* How many bytes an instruction loads or stores; 0: it is atomic. */
static const uint8_t width[OP_COUNT] = {
#define ROW(...)
#define LOAD(name, ...)                               [OP_##name] = sizeof(type_##name),
#define STORE                                         LOAD
#define FLOAT_LOAD                                    LOAD
#define FLOAT_STORE                                   LOAD
#define C_LOAD(name, format, match, mask, text, base) [OP_##name] = sizeof(type_##base),
#define C_STORE                                       C_LOAD
#define C_FLOAT_LOAD                                  C_LOAD
#define C_FLOAT_STORE                                 C_LOAD
#include "isa/riscv/ops.def"
};

void soft_decode_access(struct vcpu *vcpu)
{
    struct hart *hart = vcpu->state;
    struct vm_exit *exit = &vcpu->exit;
    unsigned size = width[riscv_decode(hart->access_insn).op];

    exit->kind = EXIT_MMIO;
    exit->access = (struct access){
        .address = hart->access_gpa,
        .value = hart->access_write
                     ? hart->access_value & UINT64_MAX >> (64 - 8 * hart->access_size)
                     : 0,
        .count = 1,
        .size = hart->access_size,
        .write = hart->access_write,
    };
    if (size == hart->access_size)
        return;
    snprintf(hart->reason, sizeof(hart->reason),
             "an instruction %s accessed address 0x%" PRIx64
             ", where no RAM is: a device takes plain loads and stores",
             size ? "that crosses into another page" : "that is atomic", hart->access_gpa);
    exit->kind = EXIT_FAILED;
    exit->reason = hart->reason;
}

/* Writes the value of a load to its register, extended by the rules of that load (unprivileged
 * spec, 2.6, 5.2, 12.2). */
static void load(struct hart *hart, const struct riscv_insn *insn, uint64_t value)
{
    uint64_t *x = &hart->x[insn->rd ? insn->rd : DISCARD], *f = &hart->f[insn->rd];

    switch (insn->op) {
#define ROW(...)
#define LOAD_OF(name, base)                                                                        \
    case OP_##name:                                                                                \
        *x = (uint64_t)(type_##base)value;                                                         \
        return;
#define LOAD(name, ...)                               LOAD_OF(name, name)
#define C_LOAD(name, format, match, mask, text, base) LOAD_OF(name, base)
#include "isa/riscv/ops.def"
    default: /* flw, fld */
        *f = width[insn->op] == 4 ? FLOAT_BOX | (uint32_t)value : value;
        hart->sstatus |= SSTATUS_FS;
    }
}

void soft_complete_access(struct hart *hart, const struct access *access)
{
    struct riscv_insn insn = riscv_decode(hart->access_insn);

    hart->pc += riscv_length(hart->access_insn);
    if (!access->write)
        load(hart, &insn, access->value);
}
