/*
 * VM entry and VM exit on KVM: apply the result of the last exit, KVM_RUN, decode
 * why it returned (api.rst, section 5).
 */
#include "kvm.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define RESET_RIP 0xfff0 /* Intel SDM vol. 3, 9.1.4 */

/* Puts {error, value} into rax and rdx; KVM loads them on the next entry, and behind a vmcall
 * rax once more. */
static void apply_result(struct kvm_run *run, const struct hypercall *hypercall)
{
    run->s.regs.regs.rax = (uint64_t)hypercall->ret.error;
    if (!hypercall->legacy)
        run->s.regs.regs.rdx = (uint64_t)hypercall->ret.value;
    run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
    if (run->exit_reason == KVM_EXIT_HYPERCALL)
        run->hypercall.ret = (uint64_t)hypercall->ret.error;
}

/*
 * Injects an interrupt that is pending if the guest can take it now; else asks for an exit
 * as soon as it can. There is no interrupt controller: the VMM names the vector.
 */
static void inject_interrupt(struct vcpu *vcpu)
{
    struct kvm_vcpu *kvm = kvm_vcpu(vcpu);
    struct kvm_run *run = kvm->run;
    bool ipi = vcpu->ipi, timer = vcpu->timer.line;
    struct kvm_interrupt interrupt = {.irq = ipi ? LAB_IPI_VECTOR : LAB_TIMER_VECTOR};

    if ((ipi || timer) && run->ready_for_interrupt_injection) {
        if (ipi)
            vcpu->ipi = false; /* first: one that is sent from here on is another one */
        if (ioctl(kvm->fd, KVM_INTERRUPT, &interrupt) < 0)
            vcpu->ipi = ipi;
        else if (!ipi)
            vcpu->timer.line = false;
    }
    run->request_interrupt_window = vcpu->timer.line || vcpu->ipi;
}

static void decode_hypercall(struct vm_exit *exit, const struct kvm_regs *regs, uint64_t eid,
                             uint64_t fid)
{
    exit->kind = EXIT_HYPERCALL;
    exit->hypercall.eid = (uint32_t)eid;
    exit->hypercall.fid = (uint32_t)fid;
    exit->hypercall.args[0] = regs->rdi;
    exit->hypercall.args[1] = regs->rsi;
    exit->hypercall.args[2] = regs->rdx;
    exit->hypercall.args[3] = regs->r8;
    exit->hypercall.args[4] = regs->r9;
}

static void decode_io(struct vm_exit *exit, const struct kvm_run *run, bool doorbell)
{
    const struct kvm_regs *regs = &run->s.regs.regs;
    bool write = run->io.direction == KVM_EXIT_IO_OUT;
    uint64_t value = 0;

    if (doorbell && run->io.port == LAB_PORT && write && run->io.size == 4 && run->io.count == 1) {
        decode_hypercall(exit, regs, regs->rax, regs->rcx);
        return;
    }
    if (write)
        memcpy(&value, (const char *)run + run->io.data_offset, run->io.size);
    exit->kind = EXIT_PIO;
    exit->access = (struct access){
        .address = run->io.port,
        .value = value,
        .count = run->io.count,
        .size = run->io.size,
        .write = write,
    };
}

static void decode_mmio(struct vm_exit *exit, const struct kvm_run *run)
{
    exit->kind = EXIT_MMIO;
    exit->access = (struct access){
        .address = run->mmio.phys_addr,
        .count = 1,
        .size = (uint8_t)run->mmio.len,
        .write = run->mmio.is_write,
    };
    if (run->mmio.is_write)
        memcpy(&exit->access.value, run->mmio.data, exit->access.size & 15);
}

__attribute__((format(printf, 3, 4))) static void
decode_failed(struct vm_exit *exit, struct kvm_vcpu *kvm, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(kvm->reason, sizeof(kvm->reason), format, args);
    va_end(args);
    exit->kind = EXIT_FAILED;
    exit->reason = kvm->reason;
}

/* A fault while handling a double fault: Intel SDM vol. 3, 6.15, "Interrupt 8". On AMD the
 * registers are undefined then (APM vol. 2, 15.14.3), and KVM has reset them. */
static void decode_shutdown(struct vm_exit *exit, const struct kvm_run *run)
{
    exit->kind = EXIT_SHUTDOWN;
    exit->reason = "a fault while handling a fault (triple fault)";
    if (run->s.regs.regs.rip == RESET_RIP)
        exit->reason = "a fault while handling a fault (triple fault); this CPU does not tell "
                       "where: the registers below are those of a reset";
}

static void decode(struct vcpu *vcpu)
{
    struct kvm_vcpu *kvm = kvm_vcpu(vcpu);
    struct vm_exit *exit = &vcpu->exit;
    const struct kvm_run *run = kvm->run;

    switch (run->exit_reason) {
    case KVM_EXIT_IO:
        decode_io(exit, run, vcpu->vm->transport == TRANSPORT_PIO);
        return;
    case KVM_EXIT_HYPERCALL:
        decode_hypercall(exit, &run->s.regs.regs, run->s.regs.regs.r10, run->s.regs.regs.r11);
        return;
    case KVM_EXIT_MMIO:
        decode_mmio(exit, run);
        return;
    case KVM_EXIT_HLT:
        exit->kind = EXIT_HALT;
        exit->wakes = run->if_flag ? WAKE_TIMER | WAKE_IPI : 0;
        return;
    case KVM_EXIT_IRQ_WINDOW_OPEN:
        exit->kind = EXIT_IRQ_WINDOW;
        return;
    case KVM_EXIT_INTR:
        exit->kind = EXIT_KICK;
        return;
    case KVM_EXIT_SHUTDOWN:
        decode_shutdown(exit, run);
        return;
    case KVM_EXIT_FAIL_ENTRY:
        decode_failed(exit, kvm,
                      "the CPU refused to enter it: hardware reason 0x%llx, illegal state",
                      (unsigned long long)run->fail_entry.hardware_entry_failure_reason);
        return;
    case KVM_EXIT_INTERNAL_ERROR:
        decode_failed(exit, kvm,
                      "KVM cannot run this instruction here: internal error, suberror %u%s",
                      run->internal.suberror,
                      run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION ? " (emulation)" : "");
        return;
    default:
        decode_failed(exit, kvm, "KVM exit reason %u, which labvisor does not know",
                      run->exit_reason);
    }
}

bool kvm_run(struct vcpu *vcpu)
{
    struct kvm_vcpu *kvm = kvm_vcpu(vcpu);

    if (vcpu->exit.kind == EXIT_HYPERCALL)
        apply_result(kvm->run, &vcpu->exit.hypercall);
    inject_interrupt(vcpu);
    if (ioctl(kvm->fd, KVM_RUN, 0) == 0) {
        decode(vcpu);
        return true;
    }
    if (errno == EINTR || errno == EAGAIN) {
        /* Cleared before the core looks for what the kick was about: one that comes
         * from here on makes the next KVM_RUN return at once (api.rst 5, immediate_exit). */
        kvm->run->immediate_exit = 0;
        vcpu->exit.kind = EXIT_KICK;
        return true;
    }
    decode_failed(&vcpu->exit, kvm, "KVM_RUN: %s", strerror(errno));
    return true;
}
