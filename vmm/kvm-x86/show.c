/* A vCPU's registers and page walks, for people. */
#include "kvm.h"

#include "control.h"
#include "paging.h"

#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>

void kvm_show_registers(struct vcpu *vcpu, FILE *out)
{
    const struct kvm_regs *r = &kvm_vcpu(vcpu)->run->s.regs.regs;
    struct kvm_sregs s;
    const struct {
        const char *name;
        uint64_t value;
    } registers[] = {
        {"rax", r->rax}, {"rbx", r->rbx}, {"rcx", r->rcx}, {"rdx", r->rdx},
        {"rsi", r->rsi}, {"rdi", r->rdi}, {"rbp", r->rbp}, {"rsp", r->rsp},
        {"r8", r->r8},   {"r9", r->r9},   {"r10", r->r10}, {"r11", r->r11},
        {"r12", r->r12}, {"r13", r->r13}, {"r14", r->r14}, {"r15", r->r15},
    };

    for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
        fprintf(out, "%s%-3s %016" PRIx64,
                i % 4 ? "  "
                : i   ? "\n    "
                      : "    ",
                registers[i].name, registers[i].value);
    fprintf(out, "\n    rip %016llx  rflags %08llx", r->rip, r->rflags);
    if (ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_SREGS, &s) == 0) {
        fprintf(out, "  cr2 %016llx  cr3 %08llx\n", s.cr2, s.cr3);
        fprintf(out, "    cs %04x  ss %04x  ds %04x  es %04x  idt %llx+%x  gdt %llx+%x\n",
                s.cs.selector, s.ss.selector, s.ds.selector, s.es.selector, s.idt.base, s.idt.limit,
                s.gdt.base, s.gdt.limit);
        fprintf(out, "    cr0 %08llx  cr4 %08llx  efer %04llx", s.cr0, s.cr4, s.efer);
    }
    fprintf(out, "\n");
}

static void show_entry(FILE *out, unsigned level, unsigned index, uint64_t entry)
{
    static const char *const names[] = {"", "PT", "PD", "PDPT", "PML4"};

    fprintf(out, "    %-4s[%3u] = %016" PRIx64, names[level], index, entry);
    if (!(entry & PTE_PRESENT)) {
        fprintf(out, "  not present\n");
        return;
    }
    fprintf(out, "  %s 0x%" PRIx64 " %s%s%s\n", level == 1 || entry & PTE_LARGE ? "page" : "table",
            (uint64_t)(entry & PTE_ADDRESS), entry & PTE_WRITE ? "rw" : "r-",
            entry & PTE_NX ? "-" : "x", entry & PTE_USER ? " user" : "");
}

/* Four levels of 512 entries: SDM vol. 3, 4.5. */
static void show_long_walk(const struct vcpu *vcpu, uint64_t cr3, uint64_t gva, FILE *out)
{
    uint64_t table = cr3 & PTE_ADDRESS, entry;

    for (unsigned level = PAGING_LEVELS; level > 0; level--) {
        unsigned index = table_index(gva, level);
        const void *place =
            memory_at(&vcpu->vm->memory, gpa(table + index * sizeof(entry)), sizeof(entry));

        if (!place) {
            fprintf(out, "    the table at 0x%" PRIx64 " lies outside RAM\n", table);
            return;
        }
        memcpy(&entry, place, sizeof(entry));
        show_entry(out, level, index, entry);
        if (!(entry & PTE_PRESENT) || (level <= 3 && entry & PTE_LARGE))
            return;
        table = entry & PTE_ADDRESS;
    }
}

void kvm_show_walk(struct vcpu *vcpu, uint64_t gva, FILE *out)
{
    struct kvm_sregs sregs;

    if (ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_SREGS, &sregs) < 0)
        return;
    if (!(sregs.cr0 & CR0_PG))
        fprintf(out, "    paging is off: CR0.PG is 0\n");
    else if (!(sregs.efer & EFER_LMA))
        fprintf(out, "    32-bit paging, which is not shown: CR3 is 0x%llx\n", sregs.cr3);
    else
        show_long_walk(vcpu, sregs.cr3, gva, out);
}

/* Exceptions by vector: Intel SDM vol. 3, table 6-1. */
const char *kvm_trap_name(uint64_t cause, bool *has_address)
{
    static const char *const names[32] = {
        [0] = "divide error",
        [1] = "debug exception",
        [2] = "non-maskable interrupt",
        [3] = "breakpoint",
        [4] = "overflow",
        [5] = "bound range exceeded",
        [6] = "invalid opcode",
        [7] = "no floating-point unit",
        [8] = "double fault",
        [10] = "invalid TSS",
        [11] = "segment not present",
        [12] = "stack-segment fault",
        [13] = "general protection fault",
        [14] = "page fault",
        [16] = "floating-point error",
        [17] = "alignment check",
        [18] = "machine check",
        [19] = "SIMD floating-point exception",
    };

    *has_address = cause == 14;
    return cause < 32 ? names[cause] : NULL;
}
