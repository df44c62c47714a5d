/* SPDX-License-Identifier: MIT */
/* VM entry, and the VM exits that mean the same on all architectures (api.rst, section 5). */
#include "kvm.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

bool kvm_enter(struct vcpu *vcpu)
{
    const struct kvm_vcpu *kvm = kvm_vcpu(vcpu);
    int error;

    if (ioctl(kvm->fd, KVM_RUN, 0) == 0)
        return true;
    error = errno;
    vcpu->exit.kind = EXIT_KICK;
    /* Clear the flag before the core looks for the reason of the kick. A later kick sets it again
     * and makes the next KVM_RUN return at once (api.rst 5, immediate_exit). */
    if (error == EINTR || error == EAGAIN)
        kvm->run->immediate_exit = 0;
    else
        kvm_failed(vcpu, "KVM_RUN: %s", strerror(error));
    errno = error;
    return false;
}

/* KVM completes the instruction at the start of the next KVM_RUN, and with immediate_exit returns
 * before it enters the guest (api.rst, section 5). */
void kvm_finish_instruction(const struct vcpu *vcpu)
{
    struct kvm_run *run = kvm_vcpu(vcpu)->run;

    run->immediate_exit = 1;
    ioctl(kvm_vcpu(vcpu)->fd, KVM_RUN, 0);
    run->immediate_exit = 0;
}

void kvm_apply_load(const struct vcpu *vcpu)
{
    const struct access *access = &vcpu->exit.access;

    if (!access->write)
        memcpy(kvm_vcpu(vcpu)->run->mmio.data, &access->value, access->size & 15);
}

void kvm_failed(struct vcpu *vcpu, const char *format, ...)
{
    struct kvm_vcpu *kvm = kvm_vcpu(vcpu);
    va_list args;

    va_start(args, format);
    vsnprintf(kvm->reason, sizeof(kvm->reason), format, args);
    va_end(args);
    vcpu->exit.kind = EXIT_FAILED;
    vcpu->exit.reason = kvm->reason;
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

void kvm_decode(struct vcpu *vcpu)
{
    const struct kvm_run *run = kvm_vcpu(vcpu)->run;

    switch (run->exit_reason) {
    case KVM_EXIT_MMIO:
        decode_mmio(&vcpu->exit, run);
        return;
    case KVM_EXIT_INTR:
        vcpu->exit.kind = EXIT_KICK;
        return;
    default:
        kvm_failed(vcpu, "KVM exit reason %u, which labvisor does not know", run->exit_reason);
    }
}
