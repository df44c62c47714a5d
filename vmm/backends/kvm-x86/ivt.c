/*
 * Real mode's interrupt vector table (Intel SDM vol. 3, 20.1.4), filled in such a way that a
 * vector for which the guest has no handler is noticed: each leads to an instruction of its own,
 * hlt with interrupts off, which comes here.
 */
#include "kvm.h"

#include "control.h"
#include "image/image.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define VECTORS  256
#define HANDLERS 0x500 /* behind the table and what PCs keep there, below LAB_FLAT_BASE */
#define SEGMENT  (HANDLERS >> 4)
#define HLT      0xf4

void kvm_fill_ivt(const struct memory *memory)
{
    uint8_t *handlers = memory_at(memory, gpa(HANDLERS), VECTORS);
    uint16_t(*vectors)[2] = memory_at(memory, gpa(0), VECTORS * sizeof(*vectors));

    memset(handlers, HLT, VECTORS);
    for (unsigned i = 0; i < VECTORS; i++) {
        vectors[i][0] = (uint16_t)i; /* offset, segment */
        vectors[i][1] = SEGMENT;
    }
}

bool kvm_is_unhandled(const struct vcpu *vcpu, char *text, size_t size)
{
    struct kvm_vcpu *kvm = kvm_vcpu(vcpu);
    const uint64_t vector = kvm->run->s.regs.regs.rip - 1; /* rip is behind the hlt */
    uint64_t stack;
    uint16_t from[2] = {0}; /* IP, CS, as the CPU has pushed them */
    struct kvm_sregs sregs;
    const void *place;
    const char *name;
    bool has_address;

    if (vcpu->vm->image->type != IMAGE_FLAT || kvm->run->if_flag ||
        ioctl(kvm->fd, KVM_GET_SREGS, &sregs) < 0 || sregs.cr0 & CR0_PE ||
        sregs.cs.selector != SEGMENT || vector >= VECTORS)
        return false;
    stack = sregs.ss.base + (uint16_t)kvm->run->s.regs.regs.rsp;
    place = memory_at(&vcpu->vm->memory, gpa(stack), sizeof(from));
    if (place)
        memcpy(from, place, sizeof(from));
    name = kvm_trap_name(vector, &has_address);
    snprintf(text, size,
             "interrupt %u (%s) came at %04x:%04x, and the interrupt vector table has no handler "
             "for it",
             (unsigned)vector, name ? name : "no exception", from[1], from[0]);
    return true;
}
