/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls by vmcall or vmmcall (abi/README.md, "Transports"). KVM handles its own hypercalls and
 * refuses all others. It passes one of its own, KVM_HC_MAP_GPA_RANGE, to user space if the VMM
 * enables that (api.rst 5, KVM_EXIT_HYPERCALL, and 6.30, KVM_CAP_EXIT_HYPERCALL). So every
 * hypercall of the guest has that number in rax, and EID and FID in other registers.
 */
#include "x86.h"

#include <errno.h>
#include <linux/kvm_para.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

_Static_assert(LAB_VMCALL_RAX == KVM_HC_MAP_GPA_RANGE, "the ABI uses KVM's hypercall");

const char *const x86_transports[] = {
    [TRANSPORT_PIO] = "pio",
    [TRANSPORT_VMCALL] = "vmcall",
    NULL,
};

static int enable_exits(int vm)
{
    struct kvm_enable_cap enable = {.cap = KVM_CAP_EXIT_HYPERCALL,
                                    .args = {1ul << KVM_HC_MAP_GPA_RANGE}};

    return ioctl(vm, KVM_ENABLE_CAP, &enable);
}

/* Runs a vmcall in another VM. Returns 0 if it makes a VM exit, or a status after fail(). */
static int try_vmcall(int kvm)
{
    const struct x86_code instruction = {
        .bytes = {0x0f, 0x01, x86_has_vmmcall() ? 0xd9 : 0xc1},
        .registers = {.rax = LAB_VMCALL_RAX, .rbx = LAB_VMCALL_RBX, .rcx = LAB_VMCALL_RCX},
    };
    const struct kvm_trial trial = x86_trial(&instruction);
    int vm = ioctl(kvm, KVM_CREATE_VM, 0), reason = -1, error;
    char what[64];

    if (vm >= 0 && enable_exits(vm) == 0)
        reason = kvm_try(kvm, vm, &trial);
    error = errno;
    if (vm >= 0)
        close(vm);
    if (reason == KVM_EXIT_HYPERCALL)
        return 0;
    if (reason >= 0)
        snprintf(what, sizeof(what), "KVM exit reason %d instead", reason);
    else
        snprintf(what, sizeof(what), "%s",
                 error == EINTR ? "no exit within 0.5 s" : strerror(error));
    return fail(STATUS_BACKEND,
                "kvm-x86: --transport=vmcall: this KVM does not pass a test guest's vmcall to user "
                "space (%s): use --transport=pio",
                what);
}

int x86_enable_vmcall(int kvm, int vm)
{
    if (!(ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_EXIT_HYPERCALL) & 1 << KVM_HC_MAP_GPA_RANGE))
        return fail(STATUS_BACKEND,
                    "kvm-x86: --transport=vmcall: this kernel's KVM cannot pass a vmcall to user "
                    "space: Linux 5.14 can; use --transport=pio");
    if (enable_exits(vm) < 0)
        return fail(STATUS_HOST, "kvm-x86: KVM_CAP_EXIT_HYPERCALL: %s", strerror(errno));
    return try_vmcall(kvm);
}

/* At the next entry KVM would advance rip past the vmcall and load rax. */
void x86_finish_vmcall(struct vcpu *vcpu)
{
    if (kvm_vcpu(vcpu)->run->exit_reason == KVM_EXIT_HYPERCALL)
        kvm_finish_instruction(vcpu);
}
