/* SPDX-License-Identifier: MIT */
/* Accesses to addresses without RAM. The core performs them on a device; this file completes the
 * instruction that made them. */
#include "hart.h"

#include "core/vm.h"

#include <inttypes.h>
#include <stdio.h>

/* Returns how many bytes an operation loads or stores; 0: it is atomic. */
static unsigned width(enum op op)
{
    switch (op) {
    case OP_lb:
    case OP_lbu:
    case OP_sb:
        return 1;
    case OP_lh:
    case OP_lhu:
    case OP_sh:
        return 2;
    case OP_lw:
    case OP_lwu:
    case OP_flw:
    case OP_sw:
    case OP_fsw:
        return 4;
    case OP_ld:
    case OP_fld:
    case OP_sd:
    case OP_fsd:
        return 8;
    default:
        return 0;
    }
}

void soft_decode_access(struct vcpu *vcpu)
{
    struct hart *hart = vcpu->state;
    struct vm_exit *exit = &vcpu->exit;
    unsigned size = width(decode(hart->access_insn).op);

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
static void load(struct hart *hart, const struct decoded *decoded, uint64_t value)
{
    uint64_t *x = &hart->x[decoded->insn.rd], *f = &hart->f[decoded->insn.rs2];

    switch (decoded->op) {
    case OP_lb:
        *x = (uint64_t)(int8_t)value;
        return;
    case OP_lh:
        *x = (uint64_t)(int16_t)value;
        return;
    case OP_lw:
        *x = (uint64_t)(int32_t)value;
        return;
    case OP_lbu:
        *x = (uint8_t)value;
        return;
    case OP_lhu:
        *x = (uint16_t)value;
        return;
    case OP_lwu:
        *x = (uint32_t)value;
        return;
    case OP_flw:
    case OP_fld:
        *f = decoded->op == OP_flw ? FLOAT_BOX | (uint32_t)value : value;
        hart->sstatus |= SSTATUS_FS;
        return;
    default:
        *x = value; /* ld */
    }
}

void soft_complete_access(struct hart *hart, const struct access *access)
{
    struct decoded decoded = decode(hart->access_insn);

    hart->pc += is_compressed(hart->access_insn) ? 2 : 4;
    if (!access->write)
        load(hart, &decoded, access->value);
}
