/* SPDX-License-Identifier: MIT */
/*
 * Breakpoints and single-steps. KVM on RISC-V has software breakpoints only (api.rst 4.87): an
 * `ebreak` in the guest's memory makes a VM exit. A single-step plants one at each address that the
 * next instruction can lead to.
 */
#include "rv.h"

#include "image/image.h"
#include "isa/riscv/csr.h"
#include "isa/riscv/decode.h"
#include "isa/riscv/next.h"
#include "isa/riscv/show.h"
#include "isa/riscv/target.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define WFI           0x10500073u
#define ATOMIC_LENGTH 64 /* bytes from lr to sc, and more: unprivileged spec, 8.3 */

/* What a single-step of a vCPU has changed. */
struct rv_step {
    struct planted planted[NEXT_MAX + 1];
    bool sie_cleared;
    uint64_t sie; /* its value before */
};

/* kvm_vm.debug */
struct rv_debug {
    struct kvm_debug kvm;
    struct rv_step steps[VCPU_MAX];
    uint64_t returns_to; /* see insert_return; 0: nowhere */
};

static struct rv_debug *debug_of(const struct vm *vm)
{
    return (struct rv_debug *)kvm_vm(vm)->debug;
}

static struct rv_step *step_of(const struct vcpu *vcpu)
{
    return &debug_of(vcpu->vm)->steps[vcpu->id];
}

static int rv_create_debug(struct vm *vm)
{
    const struct kvm_guest_debug set = {.control = KVM_GUESTDBG_ENABLE};
    struct rv_debug *debug = calloc(1, sizeof(*debug));

    if (!debug)
        return fail(STATUS_HOST, "out of memory");
    /* c.ebreak: not longer than any instruction that it replaces */
    debug->kvm = (struct kvm_debug){.trap = {0x02, 0x90}, .trap_size = 2};
    kvm_vm(vm)->debug = &debug->kvm;
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        if (ioctl(kvm_vcpu(&vm->vcpus[i])->fd, KVM_SET_GUEST_DEBUG, &set) < 0)
            return fail(STATUS_BACKEND,
                        "--gdb: this kernel's KVM lacks KVM_SET_GUEST_DEBUG: Linux 6.11 has it");
    return 0;
}

static void rv_set_pc(struct vcpu *vcpu, uint64_t pc)
{
    rv_set(vcpu, REG_PC, pc);
}

/* ---- Breakpoints ---- */

/*
 * Inserts the breakpoint of a call that gdb makes. gdb has the function return to the stack, where
 * no code can be executed: its ra is that address. Here it returns to the image's entry, where code
 * can be, and is not needed any more; a stop there is one at the address.
 */
static const char *insert_return(struct vcpu *vcpu, uint64_t address, const char *why_not)
{
    struct rv_debug *debug = debug_of(vcpu->vm);
    const uint64_t entry = vcpu->vm->image->entry;
    uint64_t ra = 0;

    rv_get(vcpu, REG_X(1), &ra);
    if (ra != address || debug->returns_to || kvm_insert_planted(vcpu, entry))
        return why_not;
    rv_set(vcpu, REG_X(1), entry);
    debug->returns_to = address;
    return NULL;
}

static const char *rv_insert(struct vcpu *vcpu, const struct breakpoint *breakpoint)
{
    const char *why_not;

    if (breakpoint->type != BREAK_SOFTWARE)
        return NO_SUCH_BREAKPOINT;
    why_not = kvm_insert_planted(vcpu, breakpoint->address);
    return why_not ? insert_return(vcpu, breakpoint->address, why_not) : NULL;
}

static void rv_remove(struct vcpu *vcpu, const struct breakpoint *breakpoint)
{
    struct rv_debug *debug = debug_of(vcpu->vm);
    uint64_t address = breakpoint->address;

    if (debug->returns_to == address) {
        debug->returns_to = 0;
        address = vcpu->vm->image->entry;
    }
    kvm_remove_planted(vcpu->vm, address);
}

/* ---- Single-steps ---- */

/* Reads the guest's instruction at an address. Returns 0 if no memory is mapped there. */
static uint32_t rv_fetch(struct vcpu *vcpu, uint64_t gva)
{
    uint32_t bits;

    return riscv_fetch(vcpu, gva, &bits) ? bits : 0;
}

/* Returns the address after the sc that belongs to the lr at pc, or pc if there is none near. */
static uint64_t after_conditional_store(struct vcpu *vcpu, uint64_t pc)
{
    for (uint64_t at = pc; at < pc + ATOMIC_LENGTH;) {
        uint32_t bits = rv_fetch(vcpu, at);

        at += riscv_length(bits);
        if (riscv_is_conditional_store(bits))
            return at;
    }
    return pc;
}

/* Lists the addresses at which the vCPU can be after a step. A trap leads to its handler; at the
 * handler's first instruction itself, a trap would make the step stop before it has begun. */
static unsigned list_next(struct vcpu *vcpu, uint32_t bits, uint64_t *next)
{
    uint64_t x[32] = {0}, pc = 0, sepc = 0, stvec = 0, after;
    unsigned count;

    for (unsigned i = 1; i < 32; i++)
        rv_get(vcpu, REG_X(i), &x[i]);
    rv_get(vcpu, REG_PC, &pc);
    rv_get(vcpu, REG_CSR(sepc), &sepc);
    rv_get(vcpu, REG_CSR(stvec), &stvec);
    after = riscv_is_reserving(bits) ? after_conditional_store(vcpu, pc) : pc;
    if (after != pc) {
        next[0] = after;
        count = 1;
    } else {
        count = riscv_next(bits, pc, x, sepc, next);
    }
    if ((stvec & ~UINT64_C(3)) != pc)
        next[count++] = stvec & ~UINT64_C(3);
    return count;
}

/* Clears sie, so that no interrupt comes. Leaves it if the instruction reads or writes it, or waits
 * for an interrupt. */
static void hold_interrupts(struct vcpu *vcpu, uint32_t bits)
{
    struct rv_step *step = step_of(vcpu);
    bool uses_sie = (bits & 0x7f) == 0x73 && bits >> 20 == CSR_SIE;

    if (vcpu->orders.interrupts != INTERRUPTS_HELD || bits == WFI || uses_sie)
        return;
    step->sie_cleared =
        rv_get(vcpu, REG_CSR(sie), &step->sie) == 0 && rv_set(vcpu, REG_CSR(sie), 0) == 0;
}

void rv_begin_step(struct vcpu *vcpu)
{
    uint64_t next[NEXT_MAX + 1], pc = 0;
    unsigned count;
    uint32_t bits;

    if (!kvm_debugged(vcpu) || !vcpu->orders.step)
        return;
    rv_get(vcpu, REG_PC, &pc);
    bits = rv_fetch(vcpu, pc);
    count = list_next(vcpu, bits, next);
    for (unsigned i = 0; i < count; i++)
        kvm_plant(vcpu, &step_of(vcpu)->planted[i], next[i]);
    hold_interrupts(vcpu, bits);
}

void rv_end_step(struct vcpu *vcpu)
{
    struct rv_step *step;

    if (!kvm_debugged(vcpu))
        return;
    step = step_of(vcpu);
    /* Backwards: of two at one address, the first holds the guest's instruction. */
    for (unsigned i = NEXT_MAX + 1; i-- > 0;)
        kvm_unplant(vcpu->vm, &step->planted[i]);
    if (step->sie_cleared)
        rv_set(vcpu, REG_CSR(sie), step->sie);
    step->sie_cleared = false;
}

void rv_decode_debug(struct vcpu *vcpu)
{
    const struct rv_step *step = step_of(vcpu);
    uint64_t pc = 0, scause = 0, sepc = 0, stvec = 0;

    rv_get(vcpu, REG_PC, &pc);
    rv_get(vcpu, REG_CSR(scause), &scause);
    rv_get(vcpu, REG_CSR(sepc), &sepc);
    rv_get(vcpu, REG_CSR(stvec), &stvec);
    if (debug_of(vcpu->vm)->returns_to && pc == vcpu->vm->image->entry) {
        pc = debug_of(vcpu->vm)->returns_to;
        rv_set(vcpu, REG_PC, pc);
    }
    vcpu->exit.kind = EXIT_KICK;
    vcpu->stop = (struct stop_point){.why = STOPPED_BY_BREAK, .address = pc};
    for (unsigned i = 0; i < NEXT_MAX + 1; i++)
        if (step->planted[i].used && step->planted[i].gva == pc)
            vcpu->stop.why = STOPPED_BY_STEP;
    if (vcpu->stop.why == STOPPED_BY_STEP && pc == (stvec & ~UINT64_C(3)) && scause >> 63) {
        vcpu->stop.interrupted = true;
        vcpu->stop.address = sepc;
    }
}

/* Any instruction can be stepped. */
static const char *rv_why_no_step(struct vcpu *vcpu)
{
    (void)vcpu;
    return NULL;
}

static void rv_complete(struct vcpu *vcpu)
{
    rv_apply_result(vcpu);
    kvm_finish_instruction(vcpu);
    vcpu->exit.kind = EXIT_KICK;
}

static void rv_set_time(struct vcpu *vcpu, uint64_t time)
{
    rv_set(vcpu, REG_TIMER(time), time);
}

const struct debug_ops rv_debug = {
    .create = rv_create_debug,
    .target = riscv_target,
    .get_registers = rv_get_registers,
    .set_registers = rv_set_registers,
    .set_pc = rv_set_pc,
    .core_registers = riscv_core_registers,
    .insert = rv_insert,
    .remove = rv_remove,
    .why_no_step = rv_why_no_step,
    .complete = rv_complete,
    .set_time = rv_set_time,
    .hide = kvm_hide,
    .written = kvm_written,
};
