/* SPDX-License-Identifier: MIT */
/*
 * VM entry and VM exit: applies the result of the last exit, calls KVM_RUN, and decodes why that
 * returned (api.rst, section 5).
 */
#include "x86.h"

#include "image/image.h"

#include <string.h>
#include <sys/ioctl.h>

#define RESET_RIP 0xfff0 /* Intel SDM vol. 3, 9.1.4 */

/* Puts {error, value} into rax and rdx, which KVM loads at the next entry. After a vmcall KVM loads
 * rax again, from hypercall.ret. */
static void x86_apply_sbiret(struct kvm_run *run, const struct hypercall *hypercall)
{
    run->s.regs.regs.rax = (uint64_t)hypercall->ret.error;
    if (!hypercall->legacy)
        run->s.regs.regs.rdx = (uint64_t)hypercall->ret.value;
    run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
    if (run->exit_reason == KVM_EXIT_HYPERCALL)
        run->hypercall.ret = (uint64_t)hypercall->ret.error;
}

/*
 * Injects a pending interrupt if the guest can take it now. Otherwise requests a VM exit as soon as
 * it can. There is no interrupt controller, so the VMM names the vector.
 */
static void inject_interrupt(struct vcpu *vcpu)
{
    struct kvm_vcpu *kvm = kvm_vcpu(vcpu);
    struct kvm_run *run = kvm->run;
    bool ipi = vcpu->ipi, timer = vcpu->timer.line;
    struct kvm_interrupt interrupt = {.irq = ipi ? LAB_IPI_VECTOR : LAB_TIMER_VECTOR};

    if ((ipi || timer) && run->ready_for_interrupt_injection) {
        if (ipi)
            vcpu->ipi = false; /* first: an IPI that comes after this is a new one */
        if (ioctl(kvm->fd, KVM_INTERRUPT, &interrupt) < 0)
            vcpu->ipi = ipi;
        else if (!ipi)
            vcpu->timer.line = false;
    }
    run->request_interrupt_window = vcpu->timer.line || vcpu->ipi;
}

/* Returns what happens to interrupts at this entry. The one that has ended a halt comes before the
 * next instruction, whatever the orders are: the guest may turn interrupts off there. */
static enum interrupts interrupts_of(const struct vcpu *vcpu)
{
    if (vcpu->exit.kind == EXIT_HALT && vcpu->orders.interrupts == INTERRUPTS_HELD)
        return INTERRUPTS_TELL;
    return vcpu->orders.interrupts;
}

/* Returns whether an interrupt comes before the instruction that is to be stepped: then the vCPU
 * has stopped, before it is injected. A step would end in its handler on some KVMs, after the
 * return from it on others; and the CPU would push the step's trap flag. */
static bool interrupts_step(struct vcpu *vcpu)
{
    const struct kvm_run *run = kvm_vcpu(vcpu)->run;

    if (!vcpu->orders.step || interrupts_of(vcpu) == INTERRUPTS_HELD ||
        !(vcpu->timer.line || vcpu->ipi) || !run->ready_for_interrupt_injection)
        return false;
    vcpu->exit.kind = EXIT_KICK;
    vcpu->stop = (struct stop_point){
        .why = STOPPED_BY_STEP,
        .interrupted = true,
        .address = vcpu->vm->backend->pc(vcpu),
        .handler = x86_handler(vcpu, vcpu->ipi ? LAB_IPI_VECTOR : LAB_TIMER_VECTOR),
    };
    return true;
}

/* A guest that started in 16 or 32 bits passes three arguments, in edi, esi and edx, in every mode.
 */
static void x86_decode_hypercall(struct vcpu *vcpu, const struct kvm_regs *regs, uint64_t eid,
                                 uint64_t fid)
{
    struct hypercall *hypercall = &vcpu->exit.hypercall;
    const bool is_32bit = vcpu->vm->image->type != IMAGE_X86_64;
    const uint64_t mask = is_32bit ? UINT32_MAX : UINT64_MAX;

    vcpu->exit.kind = EXIT_HYPERCALL;
    hypercall->eid = (uint32_t)eid;
    hypercall->fid = (uint32_t)fid;
    hypercall->is_32bit = is_32bit;
    hypercall->args[0] = regs->rdi & mask;
    hypercall->args[1] = regs->rsi & mask;
    hypercall->args[2] = regs->rdx & mask;
    hypercall->args[3] = is_32bit ? 0 : regs->r8;
    hypercall->args[4] = is_32bit ? 0 : regs->r9;
}

static void decode_io(struct vcpu *vcpu, const struct kvm_run *run)
{
    const struct kvm_regs *regs = &run->s.regs.regs;
    struct vm_exit *exit = &vcpu->exit;
    bool doorbell = vcpu->vm->transport == TRANSPORT_PIO;
    bool write = run->io.direction == KVM_EXIT_IO_OUT;
    uint64_t value = 0;

    if (doorbell && run->io.port == LAB_PORT && write && run->io.size == 4 && run->io.count == 1) {
        x86_decode_hypercall(vcpu, regs, regs->rax, regs->rcx);
        return;
    }
    if (write)
        memcpy(&value, (const char *)run + run->io.data_offset, run->io.size);
    exit->kind = EXIT_PIO;
    exit->access = (struct access){
        .address = run->io.port,
        .value = value,
        .data = (const uint8_t *)run + run->io.data_offset,
        .count = run->io.count,
        .size = run->io.size,
        .write = write,
    };
}

/* Hands the value that was read from a port to the guest: once for each repetition of a `rep ins`.
 */
static void apply_read(struct kvm_run *run, const struct access *access)
{
    uint8_t *data = (uint8_t *)run + run->io.data_offset;

    for (uint32_t i = 0; i < access->count; i++, data += access->size)
        memcpy(data, &access->value, access->size);
}

/* A fault while the CPU delivers a double fault: Intel SDM vol. 3, 6.15, "Interrupt 8". On AMD the
 * registers are undefined after that (APM vol. 2, 15.14.3), and KVM has reset them. */
static void decode_shutdown(struct vcpu *vcpu)
{
    const struct kvm_run *run = kvm_vcpu(vcpu)->run;
    struct vm_exit *exit = &vcpu->exit;

    exit->kind = EXIT_SHUTDOWN;
    exit->reason = "a fault while handling a fault (triple fault)";
    if (vcpu->vm->image->type == IMAGE_I386)
        exit->reason = "a fault while handling a fault (triple fault), or it turned on 32-bit "
                       "paging, which some KVMs lack (kvm_pvm)";
    if (run->s.regs.regs.rip == RESET_RIP)
        exit->reason = "a fault while handling a fault (triple fault); this CPU does not "
                       "tell where: the registers below are those of a reset";
}

static void decode_internal_error(struct vcpu *vcpu)
{
    char code[96], reason[256];

    x86_describe_code(vcpu, code, sizeof(code));
    kvm_describe_internal_error(kvm_vcpu(vcpu)->run, code, reason, sizeof(reason));
    kvm_failed(vcpu, "%s", reason);
}

void x86_halted(struct vcpu *vcpu, bool interrupts_on)
{
    vcpu->exit.kind = EXIT_HALT;
    vcpu->exit.wakes = interrupts_on ? WAKE_TIMER | WAKE_IPI : 0;
}

static enum ran decode_halt(struct vcpu *vcpu)
{
    struct kvm_vcpu *kvm = kvm_vcpu(vcpu);
    enum ran ran = x86_halted_at_breakpoint(vcpu);

    if (ran != RAN_TO_EXIT)
        return ran;
    if (x86_is_unhandled(vcpu, kvm->reason, sizeof(kvm->reason))) {
        vcpu->exit.kind = EXIT_SHUTDOWN;
        vcpu->exit.reason = kvm->reason;
        return RAN_TO_EXIT;
    }
    x86_halted(vcpu, kvm->run->if_flag);
    return RAN_TO_EXIT;
}

static enum ran x86_decode(struct vcpu *vcpu)
{
    const struct kvm_run *run = kvm_vcpu(vcpu)->run;

    switch (run->exit_reason) {
    case KVM_EXIT_IO:
        decode_io(vcpu, run);
        break;
    case KVM_EXIT_HYPERCALL:
        x86_decode_hypercall(vcpu, &run->s.regs.regs, run->s.regs.regs.r10, run->s.regs.regs.r11);
        break;
    case KVM_EXIT_HLT:
        return decode_halt(vcpu);
    case KVM_EXIT_DEBUG:
        x86_decode_debug(vcpu);
        return RAN_TO_STOP;
    case KVM_EXIT_IRQ_WINDOW_OPEN:
        vcpu->exit.kind = EXIT_IRQ_WINDOW;
        break;
    case KVM_EXIT_SHUTDOWN:
        decode_shutdown(vcpu);
        break;
    case KVM_EXIT_FAIL_ENTRY:
        kvm_failed(vcpu,
                   "the CPU refused the VM entry: hardware reason 0x%llx, illegal guest state",
                   (unsigned long long)run->fail_entry.hardware_entry_failure_reason);
        break;
    case KVM_EXIT_INTERNAL_ERROR:
        decode_internal_error(vcpu);
        break;
    default:
        kvm_decode(vcpu);
    }
    return RAN_TO_EXIT;
}

void x86_apply_result(struct vcpu *vcpu)
{
    struct kvm_run *run = kvm_vcpu(vcpu)->run;

    if (vcpu->exit.kind == EXIT_HYPERCALL)
        x86_apply_sbiret(run, &vcpu->exit.hypercall);
    else if (vcpu->exit.kind == EXIT_PIO && !vcpu->exit.access.write)
        apply_read(run, &vcpu->exit.access);
    else if (vcpu->exit.kind == EXIT_MMIO)
        kvm_apply_load(vcpu);
}

enum ran x86_run(struct vcpu *vcpu)
{
    struct kvm_run *run = kvm_vcpu(vcpu)->run;
    bool entered;

    x86_apply_result(vcpu);
    if (kvm_debugged(vcpu)) {
        x86_set_debug(vcpu);
        if (x86_steps_at_breakpoint(vcpu) || interrupts_step(vcpu))
            return RAN_TO_STOP;
    }
    if (vcpu->orders.interrupts == INTERRUPTS_COME)
        inject_interrupt(vcpu);
    else
        run->request_interrupt_window = 0;
    if (x86_step_halt(vcpu))
        return RAN_TO_EXIT;
    entered = kvm_enter(vcpu);
    if (kvm_debugged(vcpu))
        x86_clear_trap_flag(vcpu);
    return entered ? x86_decode(vcpu) : RAN_TO_EXIT;
}
