/* SPDX-License-Identifier: MIT */
/* The VM on x86: the capabilities it needs, its vCPUs, its clock. */
#include "x86.h"

#include "page_tables.h"

#include "core/platform.h"
#include "image/image.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#define MIB (1ull << 20)

#define IA32_TSC 0x10 /* the time stamp counter: Intel SDM vol. 4, table 2-2 */

/* Fails without the capabilities that this back end needs. Linux 4.18 has all of them. */
static int check_capabilities(int kvm)
{
    static const struct {
        int capability;
        const char *name;
    } needed[] = {
        {KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY"},
        {KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT"},
        {KVM_CAP_SYNC_REGS, "KVM_CAP_SYNC_REGS"},
    };

    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        if (ioctl(kvm, KVM_CHECK_EXTENSION, needed[i].capability) <= 0)
            return fail(STATUS_BACKEND, "kvm-x86: this kernel's KVM lacks %s: Linux 4.18 has it",
                        needed[i].name);
    return 0;
}

static int check_needs(const struct image *image)
{
    if (!(image->needs & LAB_NEEDS_SSE) || x86_has_sse())
        return 0;
    return fail(
        STATUS_BACKEND,
        "%s: built with FLOAT=1, but this machine's KVM does not run SSE at CPL 0: build it "
        "for RISC-V (ARCH=riscv64)",
        image->source->name);
}

static int x86_create_vcpu(struct vcpu *vcpu)
{
    int status = kvm_make_vcpu(vcpu);

    if (status)
        return status;
    /* Registers are in struct kvm_run, so that a hypercall needs no ioctl but KVM_RUN
     * (api.rst 6.74, KVM_CAP_SYNC_REGS). */
    kvm_vcpu(vcpu)->run->kvm_valid_regs = KVM_SYNC_X86_REGS;
    if (x86_set_cpuid(kvm_vcpu(vcpu)->fd, vcpu->vm->transport) < 0)
        return fail(STATUS_HOST, "kvm-x86: KVM_SET_CPUID2: %s", strerror(errno));
    return 0;
}

static int x86_create(struct vm *vm)
{
    const struct kvm_vm *state;
    int status = kvm_make_vm(vm);

    if (status)
        return status;
    state = vm->state;
    status = check_capabilities(kvm_open());
    if (!status)
        status = check_needs(vm->image);
    if (!status && vm->transport == TRANSPORT_VMCALL)
        status = x86_enable_vmcall(kvm_open(), state->vm);
    for (unsigned i = 0; i < vm->vcpu_count && !status; i++)
        status = x86_create_vcpu(&vm->vcpus[i]);
    return status;
}

/* The guest's clock is its TSC. Only KVM knows its offset and scale. */
static uint64_t x86_time(struct vcpu *vcpu)
{
    struct {
        struct kvm_msrs header;
        struct kvm_msr_entry entry;
    } msrs = {.header = {.nmsrs = 1}, .entry = {.index = IA32_TSC}};

    if (ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_MSRS, &msrs) != 1)
        return 0;
    return msrs.entry.data;
}

static uint64_t x86_frequency(struct vcpu *vcpu)
{
    struct kvm_vcpu *kvm = kvm_vcpu(vcpu);

    if (kvm->frequency == 0) {
        int khz = ioctl(kvm->fd, KVM_GET_TSC_KHZ, 0);

        kvm->frequency = khz > 0 ? (uint64_t)khz * 1000 : 0;
    }
    return kvm->frequency;
}

/* A flat guest may be in real mode, where the base of cs is not 0. */
static uint64_t x86_pc(const struct vcpu *vcpu)
{
    uint64_t rip = kvm_vcpu(vcpu)->run->s.regs.regs.rip;
    struct kvm_sregs sregs;

    if (vcpu->vm->image->type != IMAGE_FLAT || ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_SREGS, &sregs) < 0)
        return rip;
    return sregs.cs.base + rip;
}

/* Some KVMs have advanced rip past the `out` of a hypercall (abi/x86_64/trap.h) at its exit. */
static uint64_t x86_exit_pc(const struct vcpu *vcpu)
{
    enum { OUT_EAX = 0xe7, PREFIX = 0x2e };
    const uint64_t pc = x86_pc(vcpu);
    const uint8_t *code = memory_at(&vcpu->vm->memory, gpa(pc - 3), 3);

    if (vcpu->exit.kind != EXIT_HYPERCALL || !code || code[1] != OUT_EAX || code[2] != LAB_PORT)
        return pc;
    return pc - (code[0] == PREFIX ? 5 : 2);
}

static uint64_t x86_frame(const struct vcpu *vcpu, uint64_t *caller)
{
    *caller = 0;
    return kvm_vcpu(vcpu)->run->s.regs.regs.rbp;
}

static const uint32_t ioctls[] = {
    KVM_RUN,      KVM_INTERRUPT,   KVM_GET_SREGS,    KVM_SET_SREGS,
    KVM_GET_MSRS, KVM_GET_TSC_KHZ, KVM_GET_STATS_FD, 0,
};

static const uint32_t debug_ioctls[] = {
    KVM_GET_FPU,
    KVM_SET_FPU,
    KVM_SET_REGS,
    KVM_GET_VCPU_EVENTS,
    KVM_SET_VCPU_EVENTS,
    KVM_SET_GUEST_DEBUG,
    KVM_GET_DEVICE_ATTR,
    KVM_SET_DEVICE_ATTR,
    KVM_SET_CPUID2,
    KVM_ENABLE_CAP,
    KVM_CHECK_EXTENSION,
    KVM_CREATION_IOCTLS,
    0,
};

const struct backend kvm_x86_backend = {
    .name = "kvm-x86",
    .image_types = 1u << IMAGE_X86_64 | 1u << IMAGE_I386 | 1u << IMAGE_FLAT,
    .max_vcpus = LAB_HARTS_MAX,
    .transports = x86_transports,
    .ram_base = {0},
    .ram_min = 2 * MIB,
    /* RAM ends below 3 GiB, because KVM and the APIC use addresses below 4 GiB. */
    .ram_max = 3072 * MIB,
    .probe = x86_probe,
    .vm_create = x86_create,
    .vm_destroy = kvm_destroy,
    .boot = x86_boot,
    .start = x86_start,
    .kick_flag = kvm_kick_flag,
    .run = x86_run,
    .time = x86_time,
    .frequency = x86_frequency,
    .pc = x86_pc,
    .exit_pc = x86_exit_pc,
    .stack_size = LAB_STACK_SIZE,
    .stack_stride = LAB_STACK_STRIDE,
    .frame_next = 0,
    .frame_return = 8,
    .frame = x86_frame,
    .counters = kvm_counters,
    .show_registers = x86_show_registers,
    .paging = x86_paging,
    .ioctls = ioctls,
    .debug_ioctls = debug_ioctls,
    .debug = &x86_debug,
    .trap_name = x86_trap_name,
    .access_advice = x86_access_advice,
    .trap_advice = x86_trap_advice,
};
