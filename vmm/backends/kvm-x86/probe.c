/* Tries KVM on the smallest guests there are: one instruction in long mode. */
#include "kvm.h"

#include "paging.h"

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

/* Returns whether /proc/cpuinfo lists a CPU flag. */
static bool cpu_has(const char *flag)
{
    char line[8192], word[16];
    FILE *file = fopen("/proc/cpuinfo", "re");
    bool found = false;

    if (!file)
        return false;
    snprintf(word, sizeof(word), " %s ", flag);
    while (!found && fgets(line, sizeof(line), file))
        found = strncmp(line, "flags", 5) == 0 && strstr(line, word);
    fclose(file);
    return found;
}

static const char *explain_no_module(char *text, size_t size)
{
    snprintf(text, size, "there is no /dev/kvm: the kvm module is not loaded");
    if (cpu_has("vmx"))
        return "sudo modprobe kvm_intel";
    if (cpu_has("svm"))
        return "sudo modprobe kvm_amd";
    snprintf(text, size, "there is no /dev/kvm, and this CPU offers no virtualization");
    return "switch VT-x or AMD-V on in the firmware; inside a VM, nested virtualization in its "
           "host";
}

const char *kvm_probe(char *text, size_t size)
{
    static const struct instruction out = {.bytes = {0xe6, LAB_PORT}}; /* out %al, $LAB_PORT */
    const struct kvm_probe probe = {
        .trial = kvm_trial_of(&out),
        .exit_reason = KVM_EXIT_IO,
        .guests = "x86-64",
        .instruction = "out",
        .explain_no_module = explain_no_module,
    };

    return kvm_run_probe(&probe, text, size);
}
