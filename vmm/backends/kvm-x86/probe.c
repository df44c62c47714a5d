/* SPDX-License-Identifier: MIT */
/* Trial guests: an instruction or two in long mode. */
#include "x86.h"

#include "page_tables.h"

#include <string.h>
#include <sys/ioctl.h>

/* The pages of the guest's memory. */
enum { CODE, PML4, DIRECTORY_POINTERS, DIRECTORY, PAGES };
#define BASE PAGE_SIZE /* the GPA of the first page */

/* Maps the first 2 MiB to the same GPAs. */
static void map_first_pages(uint8_t *pages)
{
    const uint64_t pml4 = (BASE + DIRECTORY_POINTERS * PAGE_SIZE) | PTE_PRESENT | PTE_WRITE;
    const uint64_t pointer = (BASE + DIRECTORY * PAGE_SIZE) | PTE_PRESENT | PTE_WRITE;
    const uint64_t page = PTE_PRESENT | PTE_WRITE | PTE_LARGE;

    memcpy(pages + PML4 * PAGE_SIZE, &pml4, sizeof(pml4));
    memcpy(pages + DIRECTORY_POINTERS * PAGE_SIZE, &pointer, sizeof(pointer));
    memcpy(pages + DIRECTORY * PAGE_SIZE, &page, sizeof(page));
}

static void fill_trial(const void *what, uint8_t *memory)
{
    const struct x86_code *code = what;

    memcpy(memory + CODE * PAGE_SIZE, code->bytes, sizeof(code->bytes));
    map_first_pages(memory);
}

static int x86_set_trial_registers(const void *what, int vcpu)
{
    const struct x86_code *code = what;
    struct kvm_regs regs = code->registers;

    regs.rip = BASE + CODE * PAGE_SIZE;
    regs.rflags = 2;
    if (x86_set_cpuid(vcpu, TRANSPORT_PIO) < 0 ||
        x86_set_long_mode(vcpu, BASE + PML4 * PAGE_SIZE) < 0)
        return -1;
    if (ioctl(vcpu, KVM_SET_REGS, &regs) < 0)
        return -1;
    return code->prepare ? code->prepare(vcpu) : 0;
}

struct kvm_trial x86_trial(const struct x86_code *code)
{
    return (struct kvm_trial){
        .base = BASE,
        .size = PAGES * PAGE_SIZE,
        .fill = fill_trial,
        .set_registers = x86_set_trial_registers,
        .what = code,
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

static const char *x86_explain_no_module(char *text, size_t size)
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

bool x86_has_sse(void)
{
    /* addsd %xmm0, %xmm0; out %al, $LAB_PORT */
    static const struct x86_code code = {.bytes = {0xf2, 0x0f, 0x58, 0xc0, 0xe6, LAB_PORT}};
    const struct kvm_trial trial = x86_trial(&code);

    return kvm_try_all(&trial) == KVM_EXIT_IO;
}

const char *x86_probe(char *text, size_t size)
{
    static const struct x86_code out = {.bytes = {0xe6, LAB_PORT}}; /* out %al, $LAB_PORT */
    const struct kvm_probe probe = {
        .trial = x86_trial(&out),
        .exit_reason = KVM_EXIT_IO,
        .guests = "x86-64",
        .instruction = "out",
        .explain_no_module = x86_explain_no_module,
    };

    return kvm_run_probe(&probe, text, size);
}
