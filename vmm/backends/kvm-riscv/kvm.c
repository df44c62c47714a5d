/*
 * The VM as a RISC-V one: its registers, its vCPUs, its clock.
 *
 * Timers, interrupts between harts, fences and the harts' coming and going are the kernel's own
 * doing (its arch/riscv/kvm/vcpu_sbi*.c): the VMM sees the console, the end, and LAB.
 */
#include "kvm.h"

#include "core/platform.h"
#include "image/image.h"
#include "isa/riscv/boot.h"
#include "isa/riscv/show.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#define MIB (1ull << 20)

int kvm_get(const struct vcpu *vcpu, uint64_t reg, uint64_t *value)
{
    struct kvm_one_reg one = {.id = reg, .addr = (uintptr_t)value};

    return ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_ONE_REG, &one);
}

int kvm_set(const struct vcpu *vcpu, uint64_t reg, uint64_t value)
{
    struct kvm_one_reg one = {.id = reg, .addr = (uintptr_t)&value};

    return ioctl(kvm_vcpu(vcpu)->fd, KVM_SET_ONE_REG, &one);
}

int kvm_store(const struct vcpu *vcpu, uint64_t reg, uint64_t *value)
{
    return kvm_set(vcpu, reg, *value);
}

static int create_vcpu(struct vcpu *vcpu)
{
    int status = kvm_make_vcpu(vcpu);

    if (status)
        return status;
    /* The console is off unless asked for (Linux 6.8). Without it the guest has the legacy one. */
    kvm_set(vcpu, REG_SBI(SBI_DBCN), 1);
    /* All but the first wait in KVM_RUN for their HSM.hart_start, which the kernel serves. */
    vcpu->started = true;
    return 0;
}

static int kvm_create(struct vm *vm)
{
    int status = kvm_make_vm(vm);

    for (unsigned i = 0; i < vm->vcpu_count && !status; i++)
        status = create_vcpu(&vm->vcpus[i]);
    return status;
}

static uint64_t kvm_time(struct vcpu *vcpu)
{
    uint64_t time = 0;

    kvm_get(vcpu, REG_TIMER(time), &time);
    return time;
}

static uint64_t kvm_frequency(struct vcpu *vcpu)
{
    struct kvm_vcpu *kvm = kvm_vcpu(vcpu);

    if (kvm->frequency == 0)
        kvm_get(vcpu, REG_TIMER(frequency), &kvm->frequency);
    return kvm->frequency;
}

/* The rest of the vCPU is as the ABI has it: in VS-mode, without translation, interrupts off. */
static int kvm_boot(struct vm *vm, const struct image *image)
{
    struct vcpu *vcpu = &vm->vcpus[0];
    uint64_t tree = vm->memory.base.value;
    int status = riscv_load(vm, image, (uint32_t)kvm_frequency(vcpu), "rv64imafdc_zicsr_zifencei");

    if (status)
        return status;
    if (kvm_set(vcpu, REG_PC, image->entry) || kvm_set(vcpu, REG_X(10), vcpu->id) ||
        kvm_set(vcpu, REG_X(11), tree))
        return fail(STATUS_HOST, "kvm-riscv: KVM_SET_ONE_REG: %s", strerror(errno));
    return 0;
}

static uint64_t kvm_pc(const struct vcpu *vcpu)
{
    uint64_t pc = 0;

    kvm_get(vcpu, REG_PC, &pc);
    return pc;
}

const struct backend kvm_riscv_backend = {
    .name = "kvm-riscv",
    .image_types = 1u << IMAGE_RISCV64,
    .max_vcpus = LAB_HARTS_MAX,
    .transports = riscv_transports,
    .ram_base = {LAB_RAM_BASE},
    .ram_min = 4 * MIB,
    .ram_max = 3072 * MIB,
    .probe = kvm_probe,
    .vm_create = kvm_create,
    .vm_destroy = kvm_destroy,
    .boot = kvm_boot,
    .kick_flag = kvm_kick_flag,
    .run = kvm_run,
    .time = kvm_time,
    .frequency = kvm_frequency,
    .pc = kvm_pc,
    .stack_size = LAB_STACK_SIZE,
    .stack_stride = LAB_STACK_STRIDE,
    .frame_next = -16,
    .frame_return = -8,
    .counters = kvm_counters,
    .show_registers = kvm_show_registers,
    .paging = kvm_paging,
    .debug = &kvm_debug,
    .trap_name = riscv_trap_name,
};
