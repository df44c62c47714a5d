/* A vCPU's registers for people, its page tables, and the names of traps. */
#include "kvm.h"

#include "control.h"
#include "paging.h"

#include <inttypes.h>
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

static void decode_entry(uint64_t entry, unsigned level, struct paging_entry *out)
{
    *out = (struct paging_entry){
        .present = entry & PTE_PRESENT,
        .leaf = level == 0 || (level <= 2 && entry & PTE_LARGE),
        .address = entry & PTE_ADDRESS,
        .read = true,
        .write = entry & PTE_WRITE,
        .execute = !(entry & PTE_NX),
        .user = entry & PTE_USER,
    };
    if (out->leaf && level > 0)
        out->address &= ~(LARGE_PAGE_SIZE - 1); /* its bit 12 is PAT: SDM vol. 3, table 4-18 */
}

/* 32-bit paging: SDM vol. 3, 4.3. */
static void decode_entry_of_32(uint64_t entry, unsigned level, struct paging_entry *out)
{
    decode_entry(entry, level, out);
    out->leaf = level == 0 || entry & PTE_LARGE;
    out->address &= out->leaf && level == 1 ? UINT32_MAX << 22 : UINT32_MAX;
}

void kvm_paging(struct vcpu *vcpu, struct paging *paging)
{
    static const char *const names[] = {"PT  ", "PD  ", "PDPT", "PML4"};
    struct kvm_sregs sregs = {0};

    ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_SREGS, &sregs);
    *paging = (struct paging){
        .levels = PAGING_LEVELS,
        .index_bits = 9,
        .entry_size = 8,
        .root = sregs.cr3 & PTE_ADDRESS,
        .names = names,
        .absent = "not present",
        .off = "CR0.PG is 0",
        .decode = decode_entry,
    };
    if (!(sregs.cr0 & CR0_PG)) {
        paging->levels = 0;
    } else if (!(sregs.cr4 & CR4_PAE)) {
        paging->levels = 2;
        paging->index_bits = 10;
        paging->entry_size = 4;
        paging->decode = decode_entry_of_32;
    } else if (!(sregs.efer & EFER_LMA)) {
        paging->levels = 3; /* of the first table 4 entries alone are reached: SDM vol. 3, 4.4 */
        paging->root = sregs.cr3 & 0xffffffe0;
    }
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
