/* Tries KVM on the smallest guest there is: one `out` in real mode. */
#include "kvm.h"

#include "../linux/advice.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

static const uint8_t code[] = {0xe6, LAB_PORT}; /* out %al, $LAB_PORT */

/* A vCPU in real mode at the start of page, which holds the code. Returns its exit's
 * reason, or -1 with errno. */
static int run_once(int vcpu, struct kvm_run *run)
{
    struct kvm_sregs sregs;
    struct kvm_regs regs = {.rip = PAGE, .rflags = 2};

    if (ioctl(vcpu, KVM_GET_SREGS, &sregs) < 0)
        return -1;
    sregs.cs.base = sregs.cs.selector = 0;
    if (ioctl(vcpu, KVM_SET_SREGS, &sregs) < 0 || ioctl(vcpu, KVM_SET_REGS, &regs) < 0 ||
        ioctl(vcpu, KVM_RUN, 0) < 0)
        return -1;
    return (int)run->exit_reason;
}

static int run_in(int kvm, int vm, uint8_t *page)
{
    struct kvm_userspace_memory_region slot = {
        .guest_phys_addr = PAGE, .memory_size = PAGE, .userspace_addr = (uintptr_t)page};
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
    if (reason == KVM_EXIT_IO) {
        snprintf(text, size, "x86-64 guests on /dev/kvm: a test guest ran");
        return NULL;
    }
    if (reason < 0)
        return host_kvm_advice(error, text, size);
    snprintf(text, size, "a test guest ended with KVM exit reason %d instead of its `out`", reason);
    return "see what the kernel says: sudo dmesg | grep -i kvm";
}
