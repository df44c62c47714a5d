/* Tries KVM on the smallest guest there is: one ecall. */
#include "kvm.h"

#include "../linux/advice.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

static const uint8_t code[] = {0x73, 0, 0, 0}; /* ecall */

/* Returns the reason of the exit, or -1 with errno. */
static int run_once(int vcpu, struct kvm_run *run)
{
    uint64_t pc = LAB_RAM_BASE, eid = EID_LAB;
    struct kvm_one_reg set_pc = {.id = REG_PC, .addr = (uintptr_t)&pc};
    struct kvm_one_reg set_a7 = {.id = REG_X(17), .addr = (uintptr_t)&eid};

    if (ioctl(vcpu, KVM_SET_ONE_REG, &set_pc) < 0 || ioctl(vcpu, KVM_SET_ONE_REG, &set_a7) < 0 ||
        ioctl(vcpu, KVM_RUN, 0) < 0)
        return -1;
    return (int)run->exit_reason;
}

static int run_in(int kvm, int vm, uint8_t *page)
{
    struct kvm_userspace_memory_region slot = {
        .guest_phys_addr = LAB_RAM_BASE, .memory_size = PAGE, .userspace_addr = (uintptr_t)page};
    int vcpu, size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), reason = -1;
    struct kvm_run *run;

    if (size < 0 || ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot) < 0)
        return -1;
    vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
    if (vcpu < 0)
        return -1;
    run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    if (run != MAP_FAILED) {
        reason = run_once(vcpu, run);
        munmap(run, (size_t)size);
    }
    close(vcpu);
    return reason;
}

static const char *no_kvm(int error, char *text, size_t size)
{
    if (error != ENOENT)
        return host_kvm_advice(error, text, size);
    snprintf(text, size,
             "there is no /dev/kvm: the kvm module is not loaded, or this CPU has no "
             "hypervisor extension");
    return "sudo modprobe kvm";
}

const char *kvm_probe(char *text, size_t size)
{
    uint8_t *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm = -1, reason = -1, error;

    if (kvm >= 0)
        vm = ioctl(kvm, KVM_CREATE_VM, 0);
    if (vm >= 0 && page != MAP_FAILED) {
        memcpy(page, code, sizeof(code));
        reason = run_in(kvm, vm, page);
    }
    error = errno;
    if (page != MAP_FAILED)
        munmap(page, PAGE);
    if (vm >= 0)
        close(vm);
    if (kvm >= 0)
        close(kvm);
    if (reason == KVM_EXIT_RISCV_SBI) {
        snprintf(text, size, "RISC-V guests on /dev/kvm: a test guest ran");
        return NULL;
    }
    if (reason < 0)
        return no_kvm(error, text, size);
    snprintf(text, size, "a test guest ended with KVM exit reason %d instead of its ecall", reason);
    return "see what the kernel says: sudo dmesg | grep -i kvm";
}
