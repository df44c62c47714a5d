/*
 * The life of a KVM virtual machine: open /dev/kvm, create the VM, give it
 * memory, create its vCPUs, and close it all. api.rst is the kernel's
 * Documentation/virt/kvm/api.rst.
 */
#include "kvm.h"

#include "../kvm/counters.h"
#include "../platform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB (1ull << 20)

#define IA32_TSC 0x10 /* the time stamp counter: Intel SDM vol. 4, table 2-2 */

/* The capabilities this back end cannot do without; all are in Linux 4.18. */
static int check_kvm(int kvm)
{
    static const struct {
        int capability;
        const char *name;
    } needed[] = {
        {KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY"},
        {KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT"},
        {KVM_CAP_SYNC_REGS, "KVM_CAP_SYNC_REGS"},
    };

    if (ioctl(kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
        return fail(STATUS_BACKEND, "kvm-x86: /dev/kvm does not speak KVM API version 12");
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        if (ioctl(kvm, KVM_CHECK_EXTENSION, needed[i].capability) <= 0)
            return fail(STATUS_BACKEND, "kvm-x86: this kernel's KVM lacks %s: Linux 4.18 has it",
                        needed[i].name);
    return 0;
}

static int map_memory(struct kvm_vm *state, const struct memory *memory)
{
    struct kvm_userspace_memory_region slot = {
        .slot = 0,
        .guest_phys_addr = memory->base.value,
        .memory_size = memory->size,
        .userspace_addr = (uintptr_t)memory->hva,
    };

    if (ioctl(state->vm, KVM_SET_USER_MEMORY_REGION, &slot) < 0)
        return fail(STATUS_HOST, "kvm-x86: cannot give the guest %llu MiB of memory: %s",
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
        return fail(STATUS_HOST, "kvm-x86: KVM_CREATE_VCPU: %s", strerror(errno));
    kvm->run = mmap(NULL, state->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, kvm->fd, 0);
    if (kvm->run == MAP_FAILED)
        return fail(STATUS_HOST, "kvm-x86: cannot map struct kvm_run: %s", strerror(errno));

    /* Registers travel in struct kvm_run: a round trip needs no ioctl but KVM_RUN
     * (api.rst 6.74, KVM_CAP_SYNC_REGS). */
    kvm->run->kvm_valid_regs = KVM_SYNC_X86_REGS;
    if (kvm_set_cpuid(kvm->fd, vm->transport) < 0)
        return fail(STATUS_HOST, "kvm-x86: KVM_SET_CPUID2: %s", strerror(errno));
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
        return fail(STATUS_BACKEND, "kvm-x86: /dev/kvm: %s: `labvisor doctor` says what to do",
                    strerror(errno));
    status = check_kvm(state->kvm);
    if (status)
        return status;
    state->vm = ioctl(state->kvm, KVM_CREATE_VM, 0);
    if (state->vm < 0)
        return fail(STATUS_BACKEND, "kvm-x86: KVM_CREATE_VM: %s: `labvisor doctor` says what to do",
                    strerror(errno));
    status = map_memory(state, &vm->memory);
    if (!status && vm->transport == TRANSPORT_VMCALL)
        status = kvm_enable_vmcall(state->kvm, state->vm);
    if (status)
        return status;

    size = ioctl(state->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    if (size < (int)sizeof(struct kvm_run))
        return fail(STATUS_HOST, "kvm-x86: KVM_GET_VCPU_MMAP_SIZE answers %d", size);
    state->run_size = (size_t)size;
    for (unsigned i = 0; i < vm->vcpu_count && !status; i++)
        status = create_vcpu(vm, &vm->vcpus[i]);
    return status;
}

static void kvm_destroy(struct vm *vm)
{
    struct kvm_vm *state = vm->state;

    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        struct kvm_vcpu *kvm = kvm_vcpu(&vm->vcpus[i]);

        if (!kvm)
            continue;
        if (kvm->run != MAP_FAILED)
            munmap(kvm->run, state->run_size);
        if (kvm->fd >= 0)
            close(kvm->fd);
        free(kvm);
        vm->vcpus[i].state = NULL;
    }
    if (!state)
        return;
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

/* The guest's clock is its TSC, offset and scaled as the host pleases: ask KVM. */
static uint64_t kvm_time(struct vcpu *vcpu)
{
    struct {
        struct kvm_msrs header;
        struct kvm_msr_entry entry;
    } msrs = {.header = {.nmsrs = 1}, .entry = {.index = IA32_TSC}};

    if (ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_MSRS, &msrs) != 1)
        return 0;
    return msrs.entry.data;
}

static uint64_t kvm_frequency(struct vcpu *vcpu)
{
    struct kvm_vcpu *kvm = kvm_vcpu(vcpu);

    if (kvm->frequency == 0) {
        int khz = ioctl(kvm->fd, KVM_GET_TSC_KHZ, 0);

        kvm->frequency = khz > 0 ? (uint64_t)khz * 1000 : 0;
    }
    return kvm->frequency;
}

/* A flat guest may be in real mode, where code segments begin anywhere. */
static uint64_t kvm_pc(const struct vcpu *vcpu)
{
    uint64_t rip = kvm_vcpu(vcpu)->run->s.regs.regs.rip;
    struct kvm_sregs sregs;

    if (vcpu->vm->image->type != IMAGE_FLAT || ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_SREGS, &sregs) < 0)
        return rip;
    return sregs.cs.base + rip;
}

static struct counter *kvm_counters_of(const struct vcpu *vcpu)
{
    return kvm_counters(kvm_vcpu(vcpu)->fd);
}

const struct backend kvm_x86_backend = {
    .name = "kvm-x86",
    .image_types = 1u << IMAGE_X86_64 | 1u << IMAGE_I386 | 1u << IMAGE_FLAT,
    .max_vcpus = LAB_HARTS_MAX,
    .transports = kvm_transports,
    .ram_base = {0},
    .ram_min = 2 * MIB,
    /* Below 3 GiB, so that RAM never meets what KVM and the APIC keep under 4 GiB. */
    .ram_max = 3072 * MIB,
    .probe = kvm_probe,
    .vm_create = kvm_create,
    .vm_destroy = kvm_destroy,
    .boot = kvm_boot,
    .start = kvm_start,
    .kick_flag = kvm_kick_flag,
    .run = kvm_run,
    .time = kvm_time,
    .frequency = kvm_frequency,
    .pc = kvm_pc,
    .stack_size = LAB_STACK_SIZE,
    .stack_stride = LAB_STACK_STRIDE,
    .frame_next = 0,
    .frame_return = 8,
    .counters = kvm_counters_of,
    .show_registers = kvm_show_registers,
    .show_walk = kvm_show_walk,
    .trap_name = kvm_trap_name,
};
