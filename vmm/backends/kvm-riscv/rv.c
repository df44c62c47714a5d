/* SPDX-License-Identifier: MIT */
/*
 * The VM on RISC-V: its vCPUs, its clock, the state in which it starts.
 *
 * The kernel handles the SBI calls of the extensions TIME, IPI, RFENCE and HSM itself (its
 * arch/riscv/kvm/vcpu_sbi*.c). The VMM handles DBCN, the legacy console, SRST and LAB.
 */
#include "rv.h"

#include "core/platform.h"
#include "image/linux.h"
#include "isa/riscv/advice.h"
#include "isa/riscv/device_tree.h"
#include "isa/riscv/paging.h"
#include "isa/riscv/show.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#define MIB (1ull << 20)

static int rv_create_vcpu(struct vcpu *vcpu)
{
    int status = kvm_make_vcpu(vcpu);

    if (status)
        return status;
    /* DBCN is off by default (Linux 6.8). Before that version this fails, and the guest uses the
     * legacy console. */
    rv_set(vcpu, REG_SBI(SBI_DBCN), 1);
    /* All vCPUs but the first wait in KVM_RUN, until the kernel handles their HSM.hart_start. */
    vcpu->started = true;
    return 0;
}

static int rv_create(struct vm *vm)
{
    int status = kvm_make_vm(vm);

    for (unsigned i = 0; i < vm->vcpu_count && !status; i++)
        status = rv_create_vcpu(&vm->vcpus[i]);
    return status;
}

static uint64_t rv_time(struct vcpu *vcpu)
{
    uint64_t time = 0;

    rv_get(vcpu, REG_TIMER(time), &time);
    return time;
}

static uint64_t rv_frequency(struct vcpu *vcpu)
{
    struct kvm_vcpu *kvm = kvm_vcpu(vcpu);

    if (kvm->frequency == 0)
        rv_get(vcpu, REG_TIMER(frequency), &kvm->frequency);
    return kvm->frequency;
}

/* Loads the image and the device tree, and sets the registers that the ABI names. KVM has reset all
 * others to the ABI's values: VS-mode, no translation, interrupts off. */
static int rv_boot(struct vm *vm, const struct image *image)
{
    struct vcpu *vcpu = &vm->vcpus[0];
    uint64_t tree = vm->memory.base.value, machine[RISCV_MACHINE];
    gpa_t end = gpa(tree + vm->memory.size);
    int status = image_load(image, &vm->memory, riscv_device_tree_end(vm), end);

    if (!status)
        status =
            riscv_write_device_tree(vm, &(struct riscv_tree){
                                            .timebase = (uint32_t)rv_frequency(vcpu),
                                            .isa = "rv64imafdc_zicsr_zifencei",
                                            .initrd_start = linux_initrd_start(image, &vm->memory),
                                            .initrd_size = image->initrd ? image->initrd->size : 0,
                                        });
    if (status)
        return status;
    if (rv_set(vcpu, REG_PC, image->entry) || rv_set(vcpu, REG_X(10), vcpu->id) ||
        rv_set(vcpu, REG_X(11), tree))
        return fail(STATUS_HOST, "kvm-riscv: KVM_SET_ONE_REG: %s", strerror(errno));
    riscv_describe(vm, machine);
    for (unsigned i = 0; i < RISCV_MACHINE; i++)
        if (rv_set(vcpu, REG_X(12 + i), machine[i]))
            return fail(STATUS_HOST, "kvm-riscv: KVM_SET_ONE_REG: %s", strerror(errno));
    return 0;
}

static uint64_t rv_pc(const struct vcpu *vcpu)
{
    uint64_t pc = 0;

    rv_get(vcpu, REG_PC, &pc);
    return pc;
}

static uint64_t rv_frame(const struct vcpu *vcpu, uint64_t *caller)
{
    uint64_t frame = 0;

    rv_get(vcpu, REG_X(1), caller);
    rv_get(vcpu, REG_X(8), &frame); /* s0 */
    return frame;
}

static void rv_paging(struct vcpu *vcpu, struct paging *paging)
{
    uint64_t satp = 0;

    rv_get(vcpu, REG_CSR(satp), &satp);
    *paging = riscv_paging(satp);
}

static const uint32_t ioctls[] = {
    KVM_RUN, KVM_GET_ONE_REG, KVM_SET_ONE_REG, KVM_SET_MP_STATE, KVM_GET_STATS_FD, 0,
};

static const uint32_t debug_ioctls[] = {KVM_SET_GUEST_DEBUG, KVM_CREATION_IOCTLS, 0};

const struct backend kvm_riscv_backend = {
    .name = "kvm-riscv",
    .image_types = 1u << IMAGE_RISCV64,
    .max_vcpus = LAB_HARTS_MAX,
    .transports = riscv_transports,
    .ram_base = {LAB_RAM_BASE},
    .ram_min = 4 * MIB,
    .ram_max = 3072 * MIB,
    .probe = rv_probe,
    .vm_create = rv_create,
    .vm_destroy = kvm_destroy,
    .boot = rv_boot,
    .kick_flag = kvm_kick_flag,
    .run = rv_run,
    .time = rv_time,
    .frequency = rv_frequency,
    .pc = rv_pc,
    .stack_size = LAB_STACK_SIZE,
    .stack_stride = LAB_STACK_STRIDE,
    .frame_next = -16,
    .frame_return = -8,
    .frame = rv_frame,
    .counters = kvm_counters,
    .show_registers = riscv_show_registers,
    .describe_insn = riscv_describe_insn,
    .paging = rv_paging,
    .ioctls = ioctls,
    .debug_ioctls = debug_ioctls,
    .debug = &rv_debug,
    .trap_name = riscv_trap_name,
    .access_advice = riscv_access_advice,
    .trap_advice = riscv_trap_advice,
};
