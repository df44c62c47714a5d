/* Tries KVM on the smallest guests there are: one instruction in long mode. */
#include "kvm.h"

#include "paging.h"

#include "../linux/advice.h"
#include "../platform.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define TRY_NS 500000000 /* enough for a few instructions anywhere */

/* The guest's memory, a page each. */
enum { CODE, PML4, DIRECTORY_POINTERS, DIRECTORY, PAGES };
#define BASE PAGE_SIZE /* the GPA of the first */

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

/* The first 2 MiB, mapped onto themselves. */
static void build_tables(uint8_t *pages)
{
    const uint64_t pml4 = (BASE + DIRECTORY_POINTERS * PAGE_SIZE) | PTE_PRESENT | PTE_WRITE;
    const uint64_t pointer = (BASE + DIRECTORY * PAGE_SIZE) | PTE_PRESENT | PTE_WRITE;
    const uint64_t page = PTE_PRESENT | PTE_WRITE | PTE_LARGE;

    memcpy(pages + PML4 * PAGE_SIZE, &pml4, sizeof(pml4));
    memcpy(pages + DIRECTORY_POINTERS * PAGE_SIZE, &pointer, sizeof(pointer));
    memcpy(pages + DIRECTORY * PAGE_SIZE, &page, sizeof(page));
}

static int run_once(int vcpu, struct kvm_run *run, const struct kvm_regs *regs)
{
    if (kvm_set_cpuid(vcpu, TRANSPORT_PIO) < 0 ||
        kvm_set_long_mode(vcpu, BASE + PML4 * PAGE_SIZE) < 0 || ioctl(vcpu, KVM_SET_REGS, regs) < 0)
        return -1;
    return enter(vcpu, run);
}

static int run_in(int kvm, int vm, uint8_t *pages, const struct kvm_regs *regs)
{
    struct kvm_userspace_memory_region slot = {
        .guest_phys_addr = BASE,
        .memory_size = PAGES * PAGE_SIZE,
        .userspace_addr = (uintptr_t)pages,
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
        reason = run_once(vcpu, run, regs);
        munmap(run, (size_t)size);
    }
    close(vcpu);
    return reason;
}

int kvm_try(int kvm, int vm, const uint8_t *code, size_t size, struct kvm_regs regs)
{
    uint8_t *pages =
        mmap(NULL, PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int reason, error;

    if (pages == MAP_FAILED)
        return -1;
    memcpy(pages + CODE * PAGE_SIZE, code, size);
    build_tables(pages);
    regs.rip = BASE + CODE * PAGE_SIZE;
    regs.rflags = 2;
    reason = run_in(kvm, vm, pages, &regs);
    error = errno;
    munmap(pages, PAGES * PAGE_SIZE);
    errno = error;
    return reason;
}

const char *kvm_probe(char *text, size_t size)
{
    static const uint8_t out[] = {0xe6, LAB_PORT}; /* out %al, $LAB_PORT */
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm = -1, reason = -1, error;

    if (kvm >= 0)
        vm = ioctl(kvm, KVM_CREATE_VM, 0);
    if (vm >= 0)
        reason = kvm_try(kvm, vm, out, sizeof(out), (struct kvm_regs){0});
    error = errno;
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
