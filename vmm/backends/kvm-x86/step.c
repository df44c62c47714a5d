/* SPDX-License-Identifier: MIT */
/*
 * Single-steps that KVM does not make as the guest would see them. KVM sets the trap flag for a
 * step; what the CPU pushes during it, for a fault or a pushf, has that flag (Intel SDM vol. 3,
 * 17.3.1.4). A guest that loads such flags again would trap.
 */
#include "x86.h"

#include "control.h"
#include "page_tables.h"

#include <string.h>
#include <sys/ioctl.h>

#define PUSHF     0x9c
#define RFLAGS_TF (1u << 8)
#define RFLAGS_IF (1u << 9)
#define RFLAGS_RF (1u << 16)

#define INSN_MAX 15 /* bytes of an instruction */

/* Returns host memory for `size` bytes at a GVA, or NULL. */
static uint8_t *guest_bytes(struct vcpu *vcpu, const struct paging *paging, uint64_t gva,
                            uint64_t size)
{
    struct translation to;

    if (!paging_translate(&vcpu->vm->memory, paging, gva, &to) || to.size < size)
        return NULL;
    return memory_at(&vcpu->vm->memory, to.gpa, size);
}

/* Reads a little-endian number of at most 8 bytes. Returns 0 if no memory is mapped there. */
static uint64_t guest_number(struct vcpu *vcpu, const struct paging *paging, uint64_t gva,
                             uint64_t size)
{
    const uint8_t *bytes = guest_bytes(vcpu, paging, gva, size);
    uint64_t number = 0;

    if (bytes)
        memcpy(&number, bytes, size);
    return number;
}

unsigned x86_cpl(const struct vcpu *vcpu)
{
    struct kvm_sregs sregs;

    return ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_SREGS, &sregs) == 0 ? sregs.cs.selector & 3 : 0;
}

/* ---- Halts ---- */

/* Returns the guest's byte at an address, where a breakpoint may be; 0 without memory. */
static uint8_t code_at(struct vcpu *vcpu, uint64_t gva)
{
    struct translation to;
    struct paging paging;
    const uint8_t *byte;
    uint8_t code;

    x86_paging(vcpu, &paging);
    if (!paging_translate(&vcpu->vm->memory, &paging, gva, &to))
        return 0;
    byte = memory_at(&vcpu->vm->memory, to.gpa, 1);
    if (!byte)
        return 0;
    code = *byte;
    kvm_hide(vcpu->vm, to.gpa, &code, 1);
    return code;
}

bool x86_is_halt(struct vcpu *vcpu, uint64_t gva)
{
    return code_at(vcpu, gva) == HLT;
}

bool x86_step_halt(struct vcpu *vcpu)
{
    struct kvm_run *run = kvm_vcpu(vcpu)->run;
    const bool interrupts_on = run->s.regs.regs.rflags & RFLAGS_IF;
    struct kvm_vcpu_events events;

    if (!kvm_debugged(vcpu) || !vcpu->orders.step ||
        !x86_is_halt(vcpu, vcpu->vm->backend->pc(vcpu)) || x86_cpl(vcpu) != 0)
        return false;
    x86_set_pc(vcpu, run->s.regs.regs.rip + 1);
    /* The instruction after a sti is over: its interrupt can come now. */
    if (ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_VCPU_EVENTS, &events) == 0) {
        events.flags = KVM_VCPUEVENT_VALID_SHADOW;
        events.interrupt.shadow = 0;
        ioctl(kvm_vcpu(vcpu)->fd, KVM_SET_VCPU_EVENTS, &events);
    }
    run->ready_for_interrupt_injection = interrupts_on;
    x86_halted(vcpu, interrupts_on);
    return true;
}

/* ---- The trap flag ---- */

/* Returns whether the flags at an address are those before the step, with the trap flag. */
static bool are_pushed_flags(uint64_t pushed, uint64_t flags, uint64_t size)
{
    uint64_t differing = (pushed ^ flags) & ~(uint64_t)RFLAGS_RF;

    return (size == 2 ? (uint16_t)differing : differing) == RFLAGS_TF && pushed & RFLAGS_TF;
}

/* Looks for what the CPU pushes for a fault or trap at the instruction that was stepped: its
 * address or the next one, cs, flags. The handler may have pushed more since. Returns where the
 * flags are, or 0. */
static uint64_t find_pushed_flags(struct vcpu *vcpu, const struct paging *paging, uint64_t stack,
                                  uint64_t cs, uint64_t size)
{
    const struct kvm_regs *before = &x86_debug_of(vcpu)->stepped[vcpu->id];

    for (uint64_t at = stack; at < stack + 4 * size; at += size)
        if (guest_number(vcpu, paging, at, size) - before->rip <= INSN_MAX &&
            (uint16_t)guest_number(vcpu, paging, at + size, size) == cs &&
            are_pushed_flags(guest_number(vcpu, paging, at + 2 * size, size), before->rflags, size))
            return at + 2 * size;
    if (code_at(vcpu, before->rip) == PUSHF &&
        are_pushed_flags(guest_number(vcpu, paging, stack, size), before->rflags, size))
        return stack;
    return 0;
}

void x86_clear_trap_flag(struct vcpu *vcpu)
{
    const struct kvm_regs *now = &kvm_vcpu(vcpu)->run->s.regs.regs;
    const struct kvm_regs *before = &x86_debug_of(vcpu)->stepped[vcpu->id];
    struct kvm_sregs sregs;
    struct paging paging;
    uint64_t at = 0;

    if (!vcpu->orders.step || now->rsp == before->rsp || before->rflags & RFLAGS_TF ||
        ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_SREGS, &sregs) < 0)
        return;
    x86_paging(vcpu, &paging);
    for (uint64_t size = (sregs.efer & EFER_LMA) ? 8 : 4; size >= 2 && !at; size /= 2)
        at = find_pushed_flags(vcpu, &paging, sregs.ss.base + now->rsp, sregs.cs.selector, size);
    if (at && guest_bytes(vcpu, &paging, at, 2))
        guest_bytes(vcpu, &paging, at, 2)[1] &= (uint8_t) ~(RFLAGS_TF >> 8);
}

/* ---- Interrupts ---- */

/* Intel SDM vol. 3, 6.14.1 (64-bit gates), 6.11 (32-bit), 20.1.4 (real mode). */
uint64_t x86_handler(struct vcpu *vcpu, uint64_t vector)
{
    struct kvm_sregs sregs;
    struct paging paging;
    uint64_t gate, low;

    if (ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_SREGS, &sregs) < 0)
        return 0;
    x86_paging(vcpu, &paging);
    if (!(sregs.cr0 & CR0_PE)) {
        gate = guest_number(vcpu, &paging, sregs.idt.base + 4 * vector, 4);
        return (gate >> 16) * 16 + (uint16_t)gate;
    }
    low = sregs.idt.base + vector * ((sregs.efer & EFER_LMA) ? 16 : 8);
    gate = guest_number(vcpu, &paging, low, 8);
    gate = (gate >> 48 << 16) | (uint16_t)gate;
    if (sregs.efer & EFER_LMA)
        gate |= guest_number(vcpu, &paging, low + 8, 4) << 32;
    return gate;
}
