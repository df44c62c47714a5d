/* SPDX-License-Identifier: MIT */
/* What the files of this back end share. */
#ifndef BACKENDS_KVM_X86_X86_H
#define BACKENDS_KVM_X86_X86_H

#include "backends/kvm/kvm.h"
#include "x86_64/machine.h"

/* vm->transport; their names in the same order: backend.h's transports. */
enum { TRANSPORT_PIO, TRANSPORT_VMCALL };
extern const char *const x86_transports[];

/*
 * vmcall.c: makes KVM pass the guest's vmcall to user space, and runs a trial guest to see that it
 * does.
 *
 * kvm, vm  file descriptors of /dev/kvm and of the VM
 *
 * Returns 0, or a status after fail().
 */
int x86_enable_vmcall(int kvm, int vm);

/* Completes the vmcall that made the last exit, if one did, before the vCPU gets other registers.
 */
void x86_finish_vmcall(struct vcpu *vcpu);

/* cpuid.c: sets the CPUID leaves that the guest sees on a vCPU (a file descriptor). Returns 0, or
 * -1 with errno. */
int x86_set_cpuid(int vcpu, unsigned transport);

/* Returns whether this CPU's instruction for hypercalls is AMD's vmmcall, not vmcall. */
bool x86_has_vmmcall(void);

/* exits.c: backend.h's run. */
enum ran x86_run(struct vcpu *vcpu);

/* Applies the result of the exit in vcpu->exit. */
void x86_apply_result(struct vcpu *vcpu);

/* Makes vcpu->exit that of a hlt, which an interrupt ends if interrupts are on. */
void x86_halted(struct vcpu *vcpu, bool interrupts_on);

/* boot.c: backend.h's boot and start. */
int x86_boot(struct vm *vm, const struct image *image);
void x86_start(struct vcpu *vcpu, uint64_t address, uint64_t opaque);

/*
 * modes.c: sets the segments and control registers of a vCPU (a file descriptor) for a mode. cr3 is
 * the GPA of its page tables. Each returns 0, or -1 with errno.
 */
int x86_set_long_mode(int vcpu, uint64_t cr3);
int x86_set_protected_mode(int vcpu);
int x86_set_real_mode(int vcpu);

/* ivt.c: fills the interrupt vector table of a flat guest. */
void x86_fill_ivt(const struct memory *memory);

/* Returns whether a vCPU has halted because it has no handler for an interrupt. If so, writes which
 * interrupt came, and where, to text (size bytes). */
bool x86_is_unhandled(const struct vcpu *vcpu, char *text, size_t size);

/* advice.c: backend.h's access_advice and trap_advice. */
const char *x86_access_advice(const struct vm_exit *exit);
const char *x86_trap_advice(uint64_t cause, uint64_t value);

/* Writes the bytes of the vCPU's next instruction in words. */
void x86_describe_code(struct vcpu *vcpu, char *text, size_t size);

/* backend.h's trap_name. */
const char *x86_trap_name(uint64_t cause, bool *has_address);

/* registers.c: backend.h's show_registers, and operations of debug.h. */
void x86_show_registers(struct vcpu *vcpu, FILE *out);
const struct target *x86_target(const struct vm *vm);
bool x86_get_registers(struct vcpu *vcpu, uint8_t *bytes);
bool x86_set_registers(struct vcpu *vcpu, const uint8_t *bytes);
size_t x86_core_registers(struct vcpu *vcpu, uint8_t *bytes);

/* ---- With --gdb alone ---- */

#define HLT             0xf4
#define DEBUG_REGISTERS 4

/* kvm_vm.debug */
struct x86_debug {
    struct kvm_debug kvm;
    struct x86_hardware {
        bool used;
        struct breakpoint breakpoint;
    } hardware[DEBUG_REGISTERS];
    const char *no_code, *no_data;     /* why debug registers cannot be used; NULL: they can */
    bool no_user;                      /* neither they nor steps stop a guest at CPL 3 */
    struct kvm_regs stepped[VCPU_MAX]; /* the registers before a vCPU's last step */
};

static inline struct x86_debug *x86_debug_of(const struct vcpu *vcpu)
{
    return (struct x86_debug *)kvm_vm(vcpu->vm)->debug;
}

/* debug.c: tells KVM the debugger's breakpoints and steps before an entry. */
void x86_set_debug(struct vcpu *vcpu);

/* Decodes a halt. Returns RAN_TO_EXIT if it is the guest's; else the vCPU has come to a breakpoint,
 * and rip is brought back: RAN_TO_STOP, with vcpu->stop, or RAN_SLICE if the breakpoint is gone. */
enum ran x86_halted_at_breakpoint(struct vcpu *vcpu);

/* Returns whether the vCPU is at a breakpoint, and then sets vcpu->stop. Called before a VM entry
 * that would step the breakpoint's instruction in place of the guest's. */
bool x86_steps_at_breakpoint(struct vcpu *vcpu);

/* Decodes KVM_EXIT_DEBUG. */
void x86_decode_debug(struct vcpu *vcpu);

/* debug.h's set_pc. */
void x86_set_pc(struct vcpu *vcpu, uint64_t pc);
extern const struct debug_ops x86_debug;

/* step.c: makes a single-step of a hlt without KVM, which on some hosts (kvm_pvm) would halt the
 * vCPU at a later entry. Returns false if there is no such step to make. */
bool x86_step_halt(struct vcpu *vcpu);

/* Removes the trap flag of a step from the flags that the CPU has pushed during it. */
void x86_clear_trap_flag(struct vcpu *vcpu);

/* Returns the address of an interrupt's handler; 0: there is none. */
uint64_t x86_handler(struct vcpu *vcpu, uint64_t vector);

/* Returns whether the guest's code has a hlt at an address. */
bool x86_is_halt(struct vcpu *vcpu, uint64_t gva);

/* Returns the vCPU's privilege level. */
unsigned x86_cpl(const struct vcpu *vcpu);

/* probe.c: backend.h's probe. */
const char *x86_probe(char *text, size_t size);

/* Returns whether this KVM runs SSE at CPL 0: one that emulates such code does not. */
bool x86_has_sse(void);

/* A trial guest in long mode: its code and registers; rip and rflags are set for it. */
struct x86_code {
    uint8_t bytes[8];
    struct kvm_regs registers;
    int (*prepare)(int vcpu); /* called before it runs; returns 0, or -1 with errno; or NULL */
};
struct kvm_trial x86_trial(const struct x86_code *code);

#endif
