/* SPDX-License-Identifier: MIT */
/*
 * Interrupt vectors. Real mode's interrupt vector table (Intel SDM vol. 3, 20.1.4) is filled so
 * that an interrupt without a handler is detected: each vector leads to its own hlt. That makes a
 * VM exit with interrupts off, and its address tells the vector.
 */
#include "x86.h"

#include "control.h"
#include "image/image.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define VECTORS  256
#define HANDLERS 0x500 /* after the table and the BIOS data area, below LAB_FLAT_BASE */
#define SEGMENT  (HANDLERS >> 4)
#define INT      0xcd

void x86_fill_ivt(const struct memory *memory)
{
    uint8_t *handlers = memory_at(memory, gpa(HANDLERS), VECTORS);
    uint16_t(*vectors)[2] = memory_at(memory, gpa(0), VECTORS * sizeof(*vectors));

    memset(handlers, HLT, VECTORS);
    for (unsigned i = 0; i < VECTORS; i++) {
        vectors[i][0] = (uint16_t)i; /* offset, segment */
        vectors[i][1] = SEGMENT;
    }
}

/* Exceptions by vector: Intel SDM vol. 3, table 6-1. */
const char *x86_trap_name(uint64_t cause, bool *has_address)
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

bool x86_is_unhandled(const struct vcpu *vcpu, char *text, size_t size)
{
    struct kvm_vcpu *kvm = kvm_vcpu(vcpu);
    const uint64_t vector = kvm->run->s.regs.regs.rip - 1; /* rip is after the hlt */
    uint64_t stack;
    uint16_t from[2] = {0}; /* IP, CS, as the CPU has pushed them */
    struct kvm_sregs sregs;
    const void *pushed;
    const uint8_t *called;
    uint64_t at;
    const char *name;
    bool has_address;

    if (vcpu->vm->image->type != IMAGE_FLAT || kvm->run->if_flag ||
        ioctl(kvm->fd, KVM_GET_SREGS, &sregs) < 0 || sregs.cr0 & CR0_PE ||
        sregs.cs.selector != SEGMENT || vector >= VECTORS)
        return false;
    stack = sregs.ss.base + (uint16_t)kvm->run->s.regs.regs.rsp;
    pushed = memory_at(&vcpu->vm->memory, gpa(stack), sizeof(from));
    if (pushed)
        memcpy(from, pushed, sizeof(from));
    at = from[1] * 16u + from[0];
    called = at >= 2 ? memory_at(&vcpu->vm->memory, gpa(at - 2), 2) : NULL;
    if (called && called[0] == INT && called[1] == vector) {
        snprintf(text, size,
                 "it called int 0x%x at %04x:%04x, as for a PC's BIOS, and there is none: port "
                 "0xe9 prints a byte",
                 (unsigned)vector, from[1], from[0] - 2);
        return true;
    }
    name = x86_trap_name(vector, &has_address);
    snprintf(text, size,
             "interrupt %u (%s) came at %04x:%04x, and the interrupt vector table has no handler "
             "for it",
             (unsigned)vector, name ? name : "no exception", from[1], from[0]);
    return true;
}
