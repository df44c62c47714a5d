/* SPDX-License-Identifier: MIT */
/* Trials: what KVM does with a guest of a few instructions. */
#include "kvm.h"

#include "core/platform.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define TRY_NS 500000000 /* enough for a few instructions on any machine */

/* Runs the vCPU until its first exit. The alarm ends KVM_RUN if there is none: some KVMs never
 * return from some instructions. */
static int enter(int vcpu, struct kvm_run *run)
{
    int result, error;

    host_set_kick_flag(&run->immediate_exit);
    result = host_set_alarm(host_now() + TRY_NS) ? -1 : ioctl(vcpu, KVM_RUN, 0);
    error = errno;
    host_set_alarm(NEVER);
    host_set_kick_flag(NULL);
    errno = error;
    return result < 0 ? -1 : (int)run->exit_reason;
}

static int run_in(int kvm, int vm, const struct kvm_trial *trial, uint8_t *memory)
{
    struct kvm_userspace_memory_region slot = {
        .guest_phys_addr = trial->base,
        .memory_size = trial->size,
        .userspace_addr = (uintptr_t)memory,
    };
    int vcpu, size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), reason = -1;
    struct kvm_run *run;

    if (size < 0 || ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot) < 0)
        return -1;
    vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
    if (vcpu < 0)
        return -1;
    run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    if (run != MAP_FAILED) {
        if (trial->set_registers(trial->what, vcpu) == 0)
            reason = enter(vcpu, run);
        munmap(run, (size_t)size);
    }
    close(vcpu);
    return reason;
}

int kvm_try(int kvm, int vm, const struct kvm_trial *trial)
{
    uint8_t *memory =
        mmap(NULL, trial->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int reason, error;

    if (memory == MAP_FAILED)
        return -1;
    trial->fill(trial->what, memory);
    reason = run_in(kvm, vm, trial, memory);
    error = errno;
    munmap(memory, trial->size);
    errno = error;
    return reason;
}

int kvm_try_all(const struct kvm_trial *trial)
{
    int kvm = kvm_open(), vm = -1, reason = -1, error;

    if (kvm >= 0)
        vm = ioctl(kvm, KVM_CREATE_VM, 0);
    if (vm >= 0)
        reason = kvm_try(kvm, vm, trial);
    error = errno;
    if (vm >= 0)
        close(vm);
    errno = error;
    return reason;
}
