/*
 * Open KVM, make the VM with its memory, create its vCPUs, and close it all. api.rst is the
 * kernel's Documentation/virt/kvm/api.rst.
 *
 * Timers, interrupts between harts, fences and the harts' coming and going are the kernel's own
 * doing (its arch/riscv/kvm/vcpu_sbi*.c): the VMM sees the console, the end, and LAB.
 */
#include "kvm.h"

#include "../kvm/counters.h"
#include "../platform.h"
#include "../riscv/boot.h"
#include "../riscv/show.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

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

static int map_memory(const struct kvm_vm *state, const struct memory *memory)
{
    struct kvm_userspace_memory_region slot = {
        .slot = 0,
        .guest_phys_addr = memory->base.value,
        .memory_size = memory->size,
        .userspace_addr = (uintptr_t)memory->hva,
    };

    if (ioctl(state->vm, KVM_SET_USER_MEMORY_REGION, &slot) < 0)
        return fail(STATUS_HOST, "kvm-riscv: cannot give the guest %llu MiB of memory: %s",
                    (unsigned long long)(memory->size / MIB), strerror(errno));
    return 0;
}

static int create_vcpu(struct vm *vm, struct vcpu *vcpu)
{
    struct kvm_vm *state = vm->state;
    struct kvm_vcpu *kvm = calloc(1, sizeof(*kvm));

    if (!kvm)
        return fail(STATUS_HOST, "out of memory");
    vcpu->state = kvm;
    kvm->run = MAP_FAILED;
    kvm->fd = ioctl(state->vm, KVM_CREATE_VCPU, vcpu->id);
    if (kvm->fd < 0)
        return fail(STATUS_HOST, "kvm-riscv: KVM_CREATE_VCPU: %s", strerror(errno));
    kvm->run = mmap(NULL, state->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, kvm->fd, 0);
    if (kvm->run == MAP_FAILED)
        return fail(STATUS_HOST, "kvm-riscv: cannot map struct kvm_run: %s", strerror(errno));

    /* The console is off unless asked for (Linux 6.8). Without it the guest has the legacy one. */
    kvm_set(vcpu, REG_SBI(SBI_DBCN), 1);
    /* All but the first wait in KVM_RUN for their HSM.hart_start, which the kernel serves. */
    vcpu->started = true;
    return 0;
}

static int kvm_create(struct vm *vm)
{
    struct kvm_vm *state = calloc(1, sizeof(*state));
    int size, status;

    if (!state)
        return fail(STATUS_HOST, "out of memory");
    vm->state = state;
    state->vm = -1;
    state->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (state->kvm < 0)
        return fail(STATUS_BACKEND, "kvm-riscv: /dev/kvm: %s: `labvisor doctor` says what to do",
                    strerror(errno));
    state->vm = ioctl(state->kvm, KVM_CREATE_VM, 0);
    if (state->vm < 0)
        return fail(STATUS_BACKEND, "kvm-riscv: KVM_CREATE_VM: %s", strerror(errno));
    status = map_memory(state, &vm->memory);
    if (status)
        return status;

    size = ioctl(state->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    if (size < (int)sizeof(struct kvm_run))
        return fail(STATUS_HOST, "kvm-riscv: KVM_GET_VCPU_MMAP_SIZE answers %d", size);
    state->run_size = (size_t)size;
    for (unsigned i = 0; i < vm->vcpu_count && !status; i++)
        status = create_vcpu(vm, &vm->vcpus[i]);
    return status;
}

static void destroy_vcpu(struct vcpu *vcpu, size_t run_size)
{
    struct kvm_vcpu *kvm = kvm_vcpu(vcpu);

    if (!kvm)
        return;
    if (kvm->run != MAP_FAILED)
        munmap(kvm->run, run_size);
    if (kvm->fd >= 0)
        close(kvm->fd);
    free(kvm);
    vcpu->state = NULL;
}

static void kvm_destroy(struct vm *vm)
{
    struct kvm_vm *state = vm->state;

    if (!state)
        return;
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        destroy_vcpu(&vm->vcpus[i], state->run_size);
    if (state->vm >= 0)
        close(state->vm);
    if (state->kvm >= 0)
        close(state->kvm);
    free(state);
    vm->state = NULL;
}

static volatile uint8_t *kvm_kick_flag(struct vcpu *vcpu)
{
    return &kvm_vcpu(vcpu)->run->immediate_exit;
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

static struct counter *kvm_counters_of(const struct vcpu *vcpu)
{
    return kvm_counters(kvm_vcpu(vcpu)->fd);
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
    .counters = kvm_counters_of,
    .show_registers = kvm_show_registers,
    .show_walk = kvm_show_walk,
    .trap_name = riscv_trap_name,
};
