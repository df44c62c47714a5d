/* SPDX-License-Identifier: MIT */
/*
 * VM entry and VM exit: applies the result of the last exit, calls KVM_RUN, and decodes why that
 * returned (api.rst, section 5).
 */
#include "rv.h"

#include <errno.h>
#include <sys/ioctl.h>

/* Completes an SRST call that the VMM has refused. KVM expects the VM to be reset: it has stopped
 * the vCPU (api.rst 4.39) and does not write the result. */
static void refuse_reset(struct vcpu *vcpu, const struct sbiret *ret)
{
    struct kvm_mp_state state = {.mp_state = KVM_MP_STATE_RUNNABLE};
    uint64_t pc = 0;

    rv_get(vcpu, REG_PC, &pc);
    rv_set(vcpu, REG_PC, pc + 4); /* after the ecall */
    rv_set(vcpu, REG_X(10), (uint64_t)ret->error);
    rv_set(vcpu, REG_X(11), (uint64_t)ret->value);
    ioctl(kvm_vcpu(vcpu)->fd, KVM_SET_MP_STATE, &state);
}

/* KVM copies ret to a0 and a1 at the next entry. A legacy call keeps a1 (SBI 2.0, chapter 5). The
 * guest cannot continue after a refused reset if it has several harts: KVM has stopped all of them
 * and does not tell which had been started. */
bool rv_apply_result(struct vcpu *vcpu)
{
    const struct hypercall *hypercall = &vcpu->exit.hypercall;
    struct kvm_run *run = kvm_vcpu(vcpu)->run;

    if (vcpu->exit.kind == EXIT_MMIO)
        kvm_apply_load(vcpu);
    if (vcpu->exit.kind != EXIT_HYPERCALL)
        return true;
    if (run->exit_reason == KVM_EXIT_SYSTEM_EVENT) {
        refuse_reset(vcpu, &hypercall->ret);
        return vcpu->vm->vcpu_count == 1;
    }
    run->riscv_sbi.ret[0] = (unsigned long)hypercall->ret.error;
    run->riscv_sbi.ret[1] =
        hypercall->legacy ? hypercall->args[1] : (unsigned long)hypercall->ret.value;
    return true;
}

/* Copies the guest's timer, which is the kernel's, to vcpu->timer: LAB.wait needs it. */
static void fetch_timer(struct vcpu *vcpu)
{
    struct timer *timer = &vcpu->timer;
    uint64_t now;

    *timer = (struct timer){.deadline = UINT64_MAX};
    if (rv_get(vcpu, REG_TIMER(compare), &timer->deadline) || rv_get(vcpu, REG_TIMER(time), &now))
        return;
    timer->fired = now >= timer->deadline;
    timer->armed = !timer->fired && timer->deadline != UINT64_MAX;
}

static void decode_sbi(struct vcpu *vcpu, const struct kvm_run *run)
{
    struct hypercall *hypercall = &vcpu->exit.hypercall;

    vcpu->exit.kind = EXIT_HYPERCALL;
    hypercall->is_32bit = false;
    hypercall->eid = run->riscv_sbi.extension_id;
    hypercall->fid = run->riscv_sbi.function_id;
    for (unsigned i = 0; i < HYPERCALL_ARGS; i++)
        hypercall->args[i] = run->riscv_sbi.args[i];
    if (hypercall->eid == EID_LAB && hypercall->fid == FID_LAB_wait)
        fetch_timer(vcpu);
}

/* Restores the SRST call that KVM has decoded. The legacy shutdown becomes one, too. */
static void decode_system_event(struct vcpu *vcpu, const struct kvm_run *run)
{
    bool shutdown = run->system_event.type == KVM_SYSTEM_EVENT_SHUTDOWN;

    vcpu->exit.kind = EXIT_HYPERCALL;
    vcpu->exit.hypercall = (struct hypercall){
        .eid = EID_SRST,
        .fid = FID_SRST_system_reset,
        .args = {shutdown ? SRST_TYPE_SHUTDOWN : SRST_TYPE_COLD_REBOOT, run->system_event.data[0]},
    };
}

static enum ran rv_decode(struct vcpu *vcpu)
{
    const struct kvm_run *run = kvm_vcpu(vcpu)->run;

    switch (run->exit_reason) {
    case KVM_EXIT_RISCV_SBI:
        decode_sbi(vcpu, run);
        break;
    case KVM_EXIT_DEBUG:
        rv_decode_debug(vcpu);
        return RAN_TO_STOP;
    case KVM_EXIT_SYSTEM_EVENT:
        decode_system_event(vcpu, run);
        break;
    default:
        kvm_decode(vcpu);
    }
    return RAN_TO_EXIT;
}

enum ran rv_run(struct vcpu *vcpu)
{
    enum ran ran = RAN_TO_EXIT;

    if (!rv_apply_result(vcpu)) {
        kvm_failed(vcpu,
                   "it called SRST with an unknown type or reason, and KVM has stopped its harts");
        return RAN_TO_EXIT;
    }
    vcpu->timer = (struct timer){.deadline = UINT64_MAX};
    rv_begin_step(vcpu);
    if (kvm_enter(vcpu))
        ran = rv_decode(vcpu);
    else if (vcpu->exit.kind == EXIT_FAILED && errno == EOPNOTSUPP)
        kvm_failed(vcpu,
                   "it jumped to an address without memory, or accessed one by an instruction "
                   "that KVM cannot emulate");
    rv_end_step(vcpu);
    return ran;
}
