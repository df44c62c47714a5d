/* SPDX-License-Identifier: MIT */
/* The life of a VM: opens /dev/kvm, creates the VM, maps its memory, creates its vCPUs, closes the
 * VM. */
#include "kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB (1ull << 20)

static int map_memory(const struct vm *vm, const struct kvm_vm *state)
{
    const struct memory *memory = &vm->memory;
    struct kvm_userspace_memory_region slot = {
        .slot = 0,
        .guest_phys_addr = memory->base.value,
        .memory_size = memory->size,
        .userspace_addr = (uintptr_t)memory->hva,
    };

    if (ioctl(state->vm, KVM_SET_USER_MEMORY_REGION, &slot) < 0)
        return fail(STATUS_HOST, "%s: cannot give the guest %llu MiB of memory: %s",
                    vm->backend->name, (unsigned long long)(memory->size / MIB), strerror(errno));
    return 0;
}

int kvm_open(void)
{
    static int kvm = -1;

    if (kvm < 0)
        kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    return kvm;
}

int kvm_make_vm(struct vm *vm)
{
    struct kvm_vm *state = calloc(1, sizeof(*state));
    const char *name = vm->backend->name;
    const int kvm = kvm_open();
    int size;

    if (!state)
        return fail(STATUS_HOST, "out of memory");
    vm->state = state;
    state->vm = -1;
    if (kvm < 0)
        return fail(STATUS_BACKEND, "%s: /dev/kvm: %s: `labvisor doctor` says what to do", name,
                    strerror(errno));
    if (ioctl(kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
        return fail(STATUS_BACKEND, "%s: /dev/kvm lacks KVM API version 12: update the kernel",
                    name);
    state->vm = ioctl(kvm, KVM_CREATE_VM, 0);
    if (state->vm < 0)
        return fail(STATUS_BACKEND, "%s: KVM_CREATE_VM: %s: `labvisor doctor` says what to do",
                    name, strerror(errno));
    size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    if (size < (int)sizeof(struct kvm_run))
        return fail(STATUS_HOST, "%s: KVM_GET_VCPU_MMAP_SIZE returned %d: too small", name, size);
    state->run_size = (size_t)size;
    return map_memory(vm, state);
}

int kvm_make_vcpu(struct vcpu *vcpu)
{
    const struct kvm_vm *state = vcpu->vm->state;
    const char *name = vcpu->vm->backend->name;
    struct kvm_vcpu *kvm = calloc(1, sizeof(*kvm));

    if (!kvm)
        return fail(STATUS_HOST, "out of memory");
    vcpu->state = kvm;
    kvm->run = MAP_FAILED;
    kvm->fd = ioctl(state->vm, KVM_CREATE_VCPU, vcpu->id);
    if (kvm->fd < 0)
        return fail(STATUS_HOST, "%s: KVM_CREATE_VCPU: %s", name, strerror(errno));
    kvm->run = mmap(NULL, state->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, kvm->fd, 0);
    if (kvm->run == MAP_FAILED)
        return fail(STATUS_HOST, "%s: cannot map struct kvm_run: %s", name, strerror(errno));
    return 0;
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

void kvm_destroy(struct vm *vm)
{
    struct kvm_vm *state = vm->state;

    if (!state)
        return;
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        destroy_vcpu(&vm->vcpus[i], state->run_size);
    if (state->vm >= 0)
        close(state->vm);
    free(state->debug);
    free(state);
    vm->state = NULL;
}

volatile uint8_t *kvm_kick_flag(struct vcpu *vcpu)
{
    return &kvm_vcpu(vcpu)->run->immediate_exit;
}
