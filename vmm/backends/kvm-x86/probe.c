/* Tries KVM on the smallest guests there are: one instruction in long mode. */
#include "kvm.h"

#include "paging.h"

#include "host/linux/advice.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

/* The guest's memory, a page each. */
enum { CODE, PML4, DIRECTORY_POINTERS, DIRECTORY, PAGES };
#define BASE PAGE_SIZE /* the GPA of the first */

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

static void fill(const void *what, uint8_t *memory)
{
    const struct instruction *instruction = what;

    memcpy(memory + CODE * PAGE_SIZE, instruction->bytes, sizeof(instruction->bytes));
    build_tables(memory);
}

static int set_registers(const void *what, int vcpu)
{
    const struct instruction *instruction = what;
    struct kvm_regs regs = instruction->registers;

    regs.rip = BASE + CODE * PAGE_SIZE;
    regs.rflags = 2;
    if (kvm_set_cpuid(vcpu, TRANSPORT_PIO) < 0 ||
        kvm_set_long_mode(vcpu, BASE + PML4 * PAGE_SIZE) < 0)
        return -1;
    if (ioctl(vcpu, KVM_SET_REGS, &regs) < 0)
        return -1;
    return instruction->prepare ? instruction->prepare(vcpu) : 0;
}

struct kvm_trial kvm_trial_of(const struct instruction *instruction)
{
    return (struct kvm_trial){
        .base = BASE,
        .size = PAGES * PAGE_SIZE,
        .fill = fill,
        .set_registers = set_registers,
        .what = instruction,
    };
}

const char *kvm_probe(char *text, size_t size)
{
    static const struct instruction out = {.bytes = {0xe6, LAB_PORT}}; /* out %al, $LAB_PORT */
    const struct kvm_trial trial = kvm_trial_of(&out);
    int reason = kvm_try_all(&trial);

    if (reason == KVM_EXIT_IO) {
        snprintf(text, size, "x86-64 guests on /dev/kvm: a test guest ran");
        return NULL;
    }
    if (reason < 0)
        return host_kvm_advice(errno, text, size);
    snprintf(text, size, "a test guest ended with KVM exit reason %d instead of its `out`", reason);
    return "see what the kernel says: sudo dmesg | grep -i kvm";
}
