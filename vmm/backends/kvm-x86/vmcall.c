/*
 * Hypercalls by vmcall or vmmcall (abi/README.md, "Transports"). KVM serves those it knows itself
 * and refuses all others, but for one, KVM_HC_MAP_GPA_RANGE, which it hands to user space if asked
 * to (api.rst 5, KVM_EXIT_HYPERCALL, and 6.30, KVM_CAP_EXIT_HYPERCALL): a call is that one, and
 * says in other registers what it is.
 */
#include "kvm.h"

#include <errno.h>
#include <linux/kvm_para.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

_Static_assert(LAB_VMCALL_RAX == KVM_HC_MAP_GPA_RANGE, "the contract names KVM's own call");

const char *const kvm_transports[] = {
    [TRANSPORT_PIO] = "pio",
    [TRANSPORT_VMCALL] = "vmcall",
    NULL,
};

static int hand_on(int vm)
{
    struct kvm_enable_cap enable = {.cap = KVM_CAP_EXIT_HYPERCALL,
                                    .args = {1ul << KVM_HC_MAP_GPA_RANGE}};

    return ioctl(vm, KVM_ENABLE_CAP, &enable);
}

/* Runs one, in another VM. Returns 0 if it came to user space, or a status after fail(). */
static int prove(int kvm)
{
    const struct instruction instruction = {
        .bytes = {0x0f, 0x01, kvm_has_vmmcall() ? 0xd9 : 0xc1},
        .registers = {.rax = LAB_VMCALL_RAX, .rbx = LAB_VMCALL_RBX, .rcx = LAB_VMCALL_RCX},
    };
    const struct kvm_trial trial = kvm_trial_of(&instruction);
    int vm = ioctl(kvm, KVM_CREATE_VM, 0), reason = -1, error;
    char what[64];

    if (vm >= 0 && hand_on(vm) == 0)
        reason = kvm_try(kvm, vm, &trial);
    error = errno;
    if (vm >= 0)
        close(vm);
    if (reason == KVM_EXIT_HYPERCALL)
        return 0;
    if (reason >= 0)
        snprintf(what, sizeof(what), "KVM exit reason %d came instead", reason);
    else
        snprintf(what, sizeof(what), "%s", error == EINTR ? "waited in vain" : strerror(error));
    return fail(STATUS_BACKEND,
                "kvm-x86: --transport=vmcall: a test guest's vmcall did not come here (%s): this "
                "KVM keeps it for itself: use --transport=pio",
                what);
}

int kvm_enable_vmcall(int kvm, int vm)
{
    if (!(ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_EXIT_HYPERCALL) & 1 << KVM_HC_MAP_GPA_RANGE))
        return fail(STATUS_BACKEND,
                    "kvm-x86: --transport=vmcall: this kernel's KVM hands no vmcall "
                    "to user space: Linux 5.14 does; use --transport=pio");
    if (hand_on(vm) < 0)
        return fail(STATUS_HOST, "kvm-x86: KVM_CAP_EXIT_HYPERCALL: %s", strerror(errno));
    return prove(kvm);
}

/* KVM steps over the instruction, and loads rax, when the vCPU is entered the next time. */
void kvm_forget_vmcall(struct vcpu *vcpu)
{
    if (kvm_vcpu(vcpu)->run->exit_reason == KVM_EXIT_HYPERCALL)
        kvm_finish_instruction(vcpu);
}
