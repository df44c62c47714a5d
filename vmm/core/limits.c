/* SPDX-License-Identifier: MIT */
#include "limits.h"

#include "platform.h"

#include <inttypes.h>
#include <stdio.h>

#define GRACE_NS 500000000 /* after the time limit, for a vCPU that has a pc to report */

/* Tells where a vCPU is, for a message: "the guest was at 0x100123 main+0x13 (hello.c:7)". */
static void describe_vcpu(const struct vcpu *vcpu, char *text, size_t size)
{
    char who[24] = "the guest", where[160];

    if (vcpu->vm->vcpu_count > 1)
        snprintf(who, sizeof(who), "vCPU %u", vcpu->id);
    vm_describe_address(vcpu, vcpu->vm->backend->pc(vcpu), where, sizeof(where));
    snprintf(text, size, "%s was at %s", who, where);
}

/* Returns true if this vCPU has no useful pc to report at the time limit: it never ran, or it
 * waits. Another vCPU then reports; after GRACE_NS any does. */
static bool has_nothing_to_report(const struct vcpu *vcpu)
{
    const struct vm *vm = vcpu->vm;

    return vm->parallel && host_now() < vm->end_ns + GRACE_NS &&
           (!vcpu->started || vcpu->waiting || vm->backend->pc(vcpu) == 0);
}

void limits_check(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    char where[192];

    if (host_stop_signal()) {
        vm_stop(vm, STATUS_OK); /* main ends the process by that signal */
        return;
    }
    if (vm->stopped || host_now() < vm->end_ns || has_nothing_to_report(vcpu))
        return;
    describe_vcpu(vcpu, where, sizeof(where));
    vm_stop(vm, fail(STATUS_TIMEOUT, "--timeout: %g s have passed; %s after %" PRIu64 " exits",
                     vm->timeout, where, vm->exit_count));
}

void limits_stop_clock(struct vm *vm)
{
    uint64_t now = host_now();

    if (vm->end_ns == NEVER)
        return;
    vm->left_ns = vm->end_ns > now ? vm->end_ns - now : (uint64_t)(vm->timeout * 1e9);
    vm->end_ns = NEVER;
    host_set_end(NEVER);
}

void limits_reset_clock(struct vm *vm)
{
    limits_stop_clock(vm);
    vm->left_ns = (uint64_t)(vm->timeout * 1e9);
}

void limits_start_clock(struct vm *vm)
{
    if (vm->timeout <= 0 || vm->end_ns != NEVER)
        return;
    vm->end_ns = host_now() + vm->left_ns;
    host_set_end(vm->end_ns);
}

void limits_count_exit(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    char where[192];

    vcpu->exits[vcpu->exit.kind]++;
    if (!exit_is_guests(vcpu->exit.kind) || ++vm->exit_count < vm->exit_limit || vm->stopped)
        return;
    describe_vcpu(vcpu, where, sizeof(where));
    vm_stop(vm, fail(STATUS_MAX_EXITS, "--max-exits: %" PRIu64 " exits are used up; %s",
                     vm->exit_limit, where));
}

/* Ends the VM at its last instruction, with words for the reason. With STATUS_REPLAY that is one
 * more than the recorded run has executed. */
static void end_at_insn_limit(struct vm *vm, const char *where)
{
    const uint64_t insns = vm->insn_limit;
    int status = vm->limit_status;

    if (status == STATUS_MAX_INSNS)
        fail(status, "--max-insns: %" PRIu64 " instructions are used up; %s", insns, where);
    else if (status == STATUS_REPLAY)
        fail(status,
             "--replay: the recorded run ended after %" PRIu64
             " instructions, and this one goes on; %s",
             insns - 1, where);
    else
        fail((enum status)status,
             "--replay: the recorded run was ended here, with status %d after %" PRIu64
             " instructions; %s",
             status, insns, where);
    vm_stop(vm, status);
}

void limits_check_insns(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    char where[192];

    if (vm->insn_count < vm->insn_limit || vm->stopped || vcpu->unfinished || vcpu->exit_pending)
        return; /* gdb may have put off the exit that ends the guest */
    describe_vcpu(vcpu, where, sizeof(where));
    end_at_insn_limit(vm, where);
}
