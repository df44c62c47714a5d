/* SPDX-License-Identifier: MIT */
/* The back end's debug_ops (core/debug.h). */
#include "hart.h"

#include "core/vm.h"
#include "isa/riscv/target.h"

#include <string.h>

static int create(struct vm *vm)
{
    (void)vm;
    return 0;
}

static bool get_registers(struct vcpu *vcpu, uint8_t *bytes)
{
    const struct hart *hart = vcpu->state;
    struct riscv_debug_registers r = {
        .pc = hart->pc,
        .fcsr = hart->fcsr,
        .sstatus = hart->sstatus | SSTATUS_UXL,
        .sie = hart->sie,
        .sip = hart_pending(hart),
        .stvec = hart->stvec,
        .sscratch = hart->sscratch,
        .sepc = hart->sepc,
        .scause = hart->scause,
        .stval = hart->stval,
        .satp = hart->satp,
        .priv = hart->mode == MODE_S,
    };

    memcpy(r.x, hart->x, sizeof(r.x));
    memcpy(r.f, hart->f, sizeof(r.f));
    riscv_split_fcsr(&r);
    memcpy(bytes, &r, sizeof(r));
    return true;
}

static void set_pc(struct vcpu *vcpu, uint64_t pc)
{
    struct hart *hart = vcpu->state;

    pc &= ~UINT64_C(1);
    if (pc != hart->pc)
        breakpoints_forget(hart);
    hart->pc = pc;
    hart->in_block = false;
}

/* Writes CSRs as an instruction in S-mode does, with the same WARL rules, in any mode. */
static bool set_registers(struct vcpu *vcpu, const uint8_t *bytes)
{
    struct hart *hart = vcpu->state;
    struct riscv_debug_registers r;

    memcpy(&r, bytes, sizeof(r));
    memcpy(hart->x + 1, r.x + 1, sizeof(r.x) - sizeof(r.x[0]));
    memcpy(hart->f, r.f, sizeof(r.f));
    set_pc(vcpu, r.pc);
    riscv_merge_fcsr(&r, hart->fcsr);
    hart->fcsr = r.fcsr;
    hart->mode = MODE_S;
    csr_write(hart, CSR_SSTATUS, r.sstatus);
    csr_write(hart, CSR_SIE, r.sie);
    csr_write(hart, CSR_SIP, r.sip);
    csr_write(hart, CSR_STVEC, r.stvec);
    csr_write(hart, CSR_SSCRATCH, r.sscratch);
    csr_write(hart, CSR_SEPC, r.sepc);
    csr_write(hart, CSR_SCAUSE, r.scause);
    csr_write(hart, CSR_STVAL, r.stval);
    csr_write(hart, CSR_SATP, r.satp);
    hart->mode = r.priv ? MODE_S : MODE_U;
    mmu_select(hart);
    return true;
}

static const char *why_no_step(struct vcpu *vcpu)
{
    (void)vcpu;
    return NULL;
}

static void set_time(struct vcpu *vcpu, uint64_t time)
{
    struct soft_vm *soft = vcpu->vm->state;

    if (soft->real_time)
        soft_set_time(soft, time);
}

const struct debug_ops soft_debug = {
    .create = create,
    .target = riscv_target,
    .get_registers = get_registers,
    .set_registers = set_registers,
    .set_pc = set_pc,
    .core_registers = riscv_core_registers,
    .insert = soft_insert,
    .remove = soft_remove,
    .why_no_step = why_no_step,
    .complete = soft_complete,
    .set_time = set_time,
};
