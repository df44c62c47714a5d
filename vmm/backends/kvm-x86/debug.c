/* SPDX-License-Identifier: MIT */
/*
 * Breakpoints and single-steps (api.rst 4.87, KVM_SET_GUEST_DEBUG). The CPU's four debug registers
 * (Intel SDM vol. 3, 17.2) are used if a trial guest shows that they work: the guest cannot see
 * them, and they stop it at any CPL and at an address without code. A software breakpoint that
 * finds none free, or has to make room, is a `hlt` in the guest's memory: without an interrupt
 * controller in the kernel it makes a VM exit on every KVM, which `int3` does not. At CPL 3 `hlt`
 * faults.
 */
#include "x86.h"

#include "page_tables.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define DR7_LOCAL(n) (1ull << (2 * (n)))
#define DR7_TYPE(n)  (16 + 4 * (n)) /* the lowest bit of a breakpoint's type and length */
#define DR7_CODE     0u
#define DR7_WRITE    1u
#define DR7_ACCESS   3u

#ifndef KVM_VCPU_TSC_CTRL /* the headers are those of a kernel before 5.16 */
#define KVM_VCPU_TSC_CTRL   0
#define KVM_VCPU_TSC_OFFSET 0
#endif

/* ---- Trials: do debug registers stop a guest? ---- */

static int set_trial_breakpoint(int vcpu, uint64_t address, uint64_t type)
{
    struct kvm_guest_debug set = {.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP};

    set.arch.debugreg[0] = address;
    set.arch.debugreg[7] = DR7_LOCAL(0) | type << DR7_TYPE(0);
    return ioctl(vcpu, KVM_SET_GUEST_DEBUG, &set);
}

#define TRIAL_CODE 0x1000 /* where probe.c puts the instruction */
#define TRIAL_DATA 0x1800

static int set_code_breakpoint(int vcpu)
{
    return set_trial_breakpoint(vcpu, TRIAL_CODE + 1, DR7_CODE);
}

static int set_data_breakpoint(int vcpu)
{
    return set_trial_breakpoint(vcpu, TRIAL_DATA, DR7_WRITE);
}

static int x86_create_debug(struct vm *vm)
{
    /* nop, then hlt; and mov %al, (%rdi), then hlt */
    const struct x86_code code = {.bytes = {0x90, HLT}, .prepare = set_code_breakpoint};
    const struct x86_code data = {.bytes = {0x88, 0x07, HLT},
                                  .registers = {.rdi = TRIAL_DATA},
                                  .prepare = set_data_breakpoint};
    const struct kvm_trial code_trial = x86_trial(&code), data_trial = x86_trial(&data);
    struct x86_debug *debug = calloc(1, sizeof(*debug));

    if (!debug)
        return fail(STATUS_HOST, "out of memory");
    debug->kvm = (struct kvm_debug){.trap = {HLT}, .trap_size = 1};
    kvm_vm(vm)->debug = &debug->kvm;
    if (kvm_try_all(&code_trial) != KVM_EXIT_DEBUG)
        debug->no_code = "this KVM's debug registers do not stop a guest at its code";
    if (kvm_try_all(&data_trial) != KVM_EXIT_DEBUG)
        debug->no_data = "this KVM's debug registers do not stop a guest at its data";
    /* A KVM on which code breakpoints work and data breakpoints do not (kvm_pvm is one) emulates
     * CPL 0, and gives the #DB at CPL 3 to the guest. */
    debug->no_user = debug->no_data && !debug->no_code;
    return 0;
}

/* ---- Breakpoints ---- */

/* Returns whether the code at an address runs at CPL 3. Where no page is mapped now, RAM's own
 * addresses are a kernel's, and others may be a program's that is not loaded. */
static bool is_user_code(struct vcpu *vcpu, uint64_t gva)
{
    const struct memory *memory = &vcpu->vm->memory;
    struct translation to;
    struct paging paging;

    x86_paging(vcpu, &paging);
    if (paging_translate(memory, &paging, gva, &to))
        return to.user;
    return !memory_at(memory, gpa(gva), 1);
}

/* Frees the debug register of a software breakpoint that can be a `hlt` instead. Returns NULL if
 * there is none. */
static struct x86_hardware *make_room(struct vcpu *vcpu)
{
    struct x86_debug *debug = x86_debug_of(vcpu);

    for (unsigned i = 0; i < DEBUG_REGISTERS; i++) {
        struct x86_hardware *hardware = &debug->hardware[i];
        const struct breakpoint *breakpoint = &hardware->breakpoint;

        if (breakpoint->type != BREAK_SOFTWARE || is_user_code(vcpu, breakpoint->address) ||
            kvm_insert_planted(vcpu, breakpoint->address))
            continue;
        hardware->used = false;
        return hardware;
    }
    return NULL;
}

static struct x86_hardware *free_register(struct x86_debug *debug)
{
    for (unsigned i = 0; i < DEBUG_REGISTERS; i++)
        if (!debug->hardware[i].used)
            return &debug->hardware[i];
    return NULL;
}

static const char *use_debug_register(struct vcpu *vcpu, const struct breakpoint *breakpoint)
{
    struct x86_debug *debug = x86_debug_of(vcpu);
    struct x86_hardware *hardware;
    bool data = breakpoint->type >= WATCH_WRITE;
    uint64_t length = breakpoint->length;

    if (data ? debug->no_data : debug->no_code)
        return data ? debug->no_data : debug->no_code;
    if (debug->no_user && !data && is_user_code(vcpu, breakpoint->address))
        return "this KVM stops no code at CPL 3: use a breakpoint in its kernel, or soft";
    if (data && (length > 8 || (length & (length - 1)) || breakpoint->address % length))
        return "a debug register watches 1, 2, 4 or 8 bytes that are aligned";
    hardware = free_register(debug);
    if (!hardware)
        hardware = make_room(vcpu);
    if (!hardware)
        return "all four debug registers are in use";
    *hardware = (struct x86_hardware){true, *breakpoint};
    return NULL;
}

static const char *x86_insert(struct vcpu *vcpu, const struct breakpoint *breakpoint)
{
    struct x86_debug *debug = x86_debug_of(vcpu);

    if (breakpoint->type == WATCH_READ) /* x86 has watchpoints for writes, and for both */
        return NO_SUCH_BREAKPOINT;
    if (breakpoint->type == BREAK_SOFTWARE && (debug->no_code || !free_register(debug)) &&
        !is_user_code(vcpu, breakpoint->address)) {
        const char *reason = kvm_insert_planted(vcpu, breakpoint->address);

        if (!reason || debug->no_code)
            return reason;
    }
    return use_debug_register(vcpu, breakpoint);
}

static void x86_remove(struct vcpu *vcpu, const struct breakpoint *breakpoint)
{
    struct x86_debug *debug = x86_debug_of(vcpu);

    for (unsigned i = 0; i < DEBUG_REGISTERS; i++) {
        struct x86_hardware *hardware = &debug->hardware[i];

        if (hardware->used && hardware->breakpoint.type == breakpoint->type &&
            hardware->breakpoint.address == breakpoint->address) {
            hardware->used = false;
            return;
        }
    }
    if (breakpoint->type == BREAK_SOFTWARE)
        kvm_remove_planted(vcpu->vm, breakpoint->address);
}

/* ---- Entry and exit ---- */

void x86_set_pc(struct vcpu *vcpu, uint64_t pc)
{
    struct kvm_run *run = kvm_vcpu(vcpu)->run;

    run->s.regs.regs.rip = pc;
    run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
}

static bool stop_at(struct vcpu *vcpu, enum breakpoint_type type, uint64_t gva)
{
    vcpu->exit.kind = EXIT_KICK;
    vcpu->stop = (struct stop_point){.why = STOPPED_BY_BREAK, .type = type, .address = gva};
    return true;
}

static bool stop_at_planted(struct vcpu *vcpu, uint64_t gva)
{
    return kvm_is_planted(vcpu->vm, gva) && stop_at(vcpu, BREAK_SOFTWARE, gva);
}

enum ran x86_halted_at_breakpoint(struct vcpu *vcpu)
{
    const uint64_t hlt = vcpu->vm->backend->pc(vcpu) - 1;
    bool stop;

    if (!kvm_debugged(vcpu))
        return RAN_TO_EXIT;
    stop = stop_at_planted(vcpu, hlt);
    if (!stop && x86_is_halt(vcpu, hlt))
        return RAN_TO_EXIT;
    /* Also if the breakpoint is gone: another vCPU's, which was removed meanwhile. */
    vcpu->exit.kind = EXIT_KICK;
    x86_set_pc(vcpu, kvm_vcpu(vcpu)->run->s.regs.regs.rip - 1);
    return stop ? RAN_TO_STOP : RAN_SLICE;
}

bool x86_steps_at_breakpoint(struct vcpu *vcpu)
{
    const struct x86_debug *debug = x86_debug_of(vcpu);
    uint64_t pc;

    if (!vcpu->orders.step)
        return false;
    pc = vcpu->vm->backend->pc(vcpu);
    for (unsigned i = 0; i < DEBUG_REGISTERS; i++) {
        const struct breakpoint *breakpoint = &debug->hardware[i].breakpoint;

        if (debug->hardware[i].used && breakpoint->type < WATCH_WRITE && breakpoint->address == pc)
            return stop_at(vcpu, breakpoint->type, pc);
    }
    return stop_at_planted(vcpu, pc);
}

/* Adds debug register i to what KVM is to be told. */
static void set_debug_register(struct kvm_guest_debug *set, unsigned i,
                               const struct breakpoint *breakpoint)
{
    static const uint64_t lengths[] = {[1] = 0, [2] = 1, [4] = 3, [8] = 2};
    uint64_t type = breakpoint->type < WATCH_WRITE    ? DR7_CODE
                    : breakpoint->type == WATCH_WRITE ? DR7_WRITE
                                                      : DR7_ACCESS;

    if (breakpoint->type >= WATCH_WRITE)
        type |= lengths[breakpoint->length] << 2;
    set->control |= KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP;
    set->arch.debugreg[i] = breakpoint->address;
    set->arch.debugreg[7] |= DR7_LOCAL(i) | type << DR7_TYPE(i);
}

void x86_set_debug(struct vcpu *vcpu)
{
    const struct x86_debug *debug = x86_debug_of(vcpu);
    struct kvm_vcpu *kvm = kvm_vcpu(vcpu);
    struct kvm_guest_debug set = {0};

    if (vcpu->orders.step) {
        x86_debug_of(vcpu)->stepped[vcpu->id] = kvm->run->s.regs.regs;
        set.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP;
    }
    for (unsigned i = 0; i < DEBUG_REGISTERS; i++)
        if (debug->hardware[i].used)
            set_debug_register(&set, i, &debug->hardware[i].breakpoint);
    if (!vcpu->orders.step && memcmp(&set, &kvm->debug, sizeof(set)) == 0)
        return;
    kvm->debug = set;
    /* KVM notes the rip at which a single-step begins. Set rip first, because KVM forgets the step
     * if rip changes later. */
    if (kvm->run->kvm_dirty_regs) {
        ioctl(kvm->fd, KVM_SET_REGS, &kvm->run->s.regs.regs);
        kvm->run->kvm_dirty_regs = 0;
    }
    ioctl(kvm->fd, KVM_SET_GUEST_DEBUG, &set);
}

void x86_decode_debug(struct vcpu *vcpu)
{
    const struct x86_debug *debug = x86_debug_of(vcpu);
    const struct kvm_debug_exit_arch *arch = &kvm_vcpu(vcpu)->run->debug.arch;

    vcpu->exit.kind = EXIT_KICK;
    vcpu->stop = (struct stop_point){.why = STOPPED_BY_STEP};
    for (unsigned i = 0; i < DEBUG_REGISTERS; i++) {
        const struct breakpoint *breakpoint = &debug->hardware[i].breakpoint;

        /* Another vCPU may have used this register for another breakpoint since the entry. */
        if (!(arch->dr6 >> i & 1) || !debug->hardware[i].used ||
            breakpoint->address != kvm_vcpu(vcpu)->debug.arch.debugreg[i])
            continue;
        vcpu->stop.why = breakpoint->type >= WATCH_WRITE ? STOPPED_BY_WATCH : STOPPED_BY_BREAK;
        vcpu->stop.type = breakpoint->type;
        vcpu->stop.address = breakpoint->address;
        return;
    }
}

static const char *x86_why_no_step(struct vcpu *vcpu)
{
    if (!x86_debug_of(vcpu)->no_user || x86_cpl(vcpu) != 3)
        return NULL;
    return "this KVM cannot step a guest's code at CPL 3: use a breakpoint in its kernel, or soft";
}

static void x86_complete(struct vcpu *vcpu)
{
    if (vcpu->exit.kind == EXIT_HALT) /* nothing is to be completed; see exits.c, interrupts_of */
        return;
    x86_apply_result(vcpu);
    kvm_finish_instruction(vcpu);
    vcpu->exit.kind = EXIT_KICK;
}

/* Changes the offset of the guest's TSC to the host's (Documentation/virt/kvm/devices/vcpu.rst,
 * KVM_VCPU_TSC_OFFSET, Linux 5.16). On older kernels the clock does not stop. */
static void x86_set_time(struct vcpu *vcpu, uint64_t time)
{
    uint64_t offset = 0;
    struct kvm_device_attr attr = {
        .group = KVM_VCPU_TSC_CTRL,
        .attr = KVM_VCPU_TSC_OFFSET,
        .addr = (uintptr_t)&offset,
    };

    if (ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_DEVICE_ATTR, &attr) < 0)
        return;
    offset -= vcpu->vm->backend->time(vcpu) - time;
    ioctl(kvm_vcpu(vcpu)->fd, KVM_SET_DEVICE_ATTR, &attr);
}

const struct debug_ops x86_debug = {
    .create = x86_create_debug,
    .target = x86_target,
    .get_registers = x86_get_registers,
    .set_registers = x86_set_registers,
    .set_pc = x86_set_pc,
    .core_registers = x86_core_registers,
    .insert = x86_insert,
    .remove = x86_remove,
    .why_no_step = x86_why_no_step,
    .complete = x86_complete,
    .set_time = x86_set_time,
    .hide = kvm_hide,
    .written = kvm_written,
};
