/* SPDX-License-Identifier: MIT */
/*
 * The three modes in which a guest can start: segments and control registers. A segment register
 * has a hidden part with the base, limit and rights, which the CPU uses (Intel SDM vol. 3, 3.4.3).
 * KVM_SET_SREGS sets that part directly, so a guest can start without a descriptor table. It needs
 * one before it loads a segment register.
 */
#include "x86.h"

#include "control.h"

#include <sys/ioctl.h>

#define CODE_SELECTOR 0x08
#define DATA_SELECTOR 0x10

/* Types of segment descriptors: SDM vol. 3, 3.4.5.1. */
#define DATA_ACCESSED_WRITE 3
#define CODE_ACCESSED_READ  11

#define IVT_LIMIT 0x3ff /* 256 vectors of 4 bytes: SDM vol. 3, 20.1.4 */

/* Returns a segment that covers the whole address space. */
static struct kvm_segment flat(uint16_t selector, uint8_t type)
{
    return (struct kvm_segment){.selector = selector,
                                .limit = UINT32_MAX,
                                .type = type,
                                .present = 1,
                                .s = 1,
                                .db = 1,
                                .g = 1};
}

static void set_flat_segments(struct kvm_sregs *sregs)
{
    sregs->cs = flat(CODE_SELECTOR, CODE_ACCESSED_READ);
    sregs->ds = sregs->es = sregs->fs = sregs->gs = sregs->ss =
        flat(DATA_SELECTOR, DATA_ACCESSED_WRITE);
    sregs->gdt.limit = sregs->idt.limit = 0;
}

/* SDM vol. 3, 9.8.5: paging with PAE, and EFER.LME. The code segment's L bit selects 64-bit code.
 */
int x86_set_long_mode(int vcpu, uint64_t cr3)
{
    struct kvm_sregs sregs;

    if (ioctl(vcpu, KVM_GET_SREGS, &sregs) < 0)
        return -1;
    set_flat_segments(&sregs);
    sregs.cs.l = 1;
    sregs.cs.db = 0; /* L and D are not both 1: SDM vol. 3, 5.2.1 */
    sregs.cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG;
    sregs.cr3 = cr3;
    sregs.cr4 = CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    sregs.efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;
    return ioctl(vcpu, KVM_SET_SREGS, &sregs);
}

/* SDM vol. 3, 9.9.1: CR0.PE without paging. The code segment's D bit selects 32-bit code. */
int x86_set_protected_mode(int vcpu)
{
    struct kvm_sregs sregs;

    if (ioctl(vcpu, KVM_GET_SREGS, &sregs) < 0)
        return -1;
    set_flat_segments(&sregs);
    sregs.cr0 = CR0_PE | CR0_ET | CR0_NE;
    return ioctl(vcpu, KVM_SET_SREGS, &sregs);
}

/* After its reset the vCPU is in real mode, but cs has the base of the ROM below 4 GiB (SDM vol. 3,
 * 9.1.4). */
int x86_set_real_mode(int vcpu)
{
    struct kvm_sregs sregs;

    if (ioctl(vcpu, KVM_GET_SREGS, &sregs) < 0)
        return -1;
    sregs.cs.selector = 0;
    sregs.cs.base = 0;
    sregs.idt.base = 0;
    sregs.idt.limit = IVT_LIMIT;
    return ioctl(vcpu, KVM_SET_SREGS, &sregs);
}
