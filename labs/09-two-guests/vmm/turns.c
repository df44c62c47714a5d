/* SPDX-License-Identifier: MIT */
/* Lab 9: which guest runs, and for how long. */
#include "core/turns.h"
#include "guests.h"

// LAB 9: starter
// LAB 9: solution
/* Runs a guest until it has executed `instructions`, or made `exits`, or has ended. */
static void run_for(struct vm *vm, uint64_t instructions, uint64_t exits)
{
    struct vcpu *vcpu = &vm->vcpus[0];
    uint64_t before = vm->insn_count, exits_before = vm->exit_count;

    while (!vm->stopped && vm->insn_count - before < instructions &&
           vm->exit_count - exits_before < exits && vcpu_ready(vcpu)) {
        vcpu->slice = instructions - (vm->insn_count - before);
        if (vcpu->slice > vm->insn_limit - vm->insn_count)
            vcpu->slice = vm->insn_limit - vm->insn_count;
        vcpu_enter(vcpu);
    }
}

static struct vm *still_running(struct vm *guests[2], unsigned wanted)
{
    return guests[guests[wanted]->stopped ? !wanted : wanted];
}
// LAB 9: end

void run_guests(struct vm *guests[2], const struct plan *plan)
{
    // LAB 9: starter
    // /* Here: turn after turn, each with calls of vcpu_enter; vcpu->slice limits one of them. */
    // (void)plan;
    // vm_stop(guests[0], 1);
    // LAB 9: solution
    for (unsigned turn = 0; !guests[0]->stopped || !guests[1]->stopped; turn++) {
        unsigned line = plan->mode == BY_FILE ? turn % plan->turn_count : 0;

        switch (plan->mode) {
        case BY_EXITS:
            run_for(still_running(guests, turn % 2), UINT64_MAX, 1);
            break;
        case BY_SLICES:
            run_for(still_running(guests, turn % 2), QUANTUM * plan->weights[turn % 2], UINT64_MAX);
            break;
        case BY_FILE:
            run_for(still_running(guests, plan->turns[line].guest), UINT64_MAX,
                    plan->turns[line].exits);
            break;
        }
    }
    // LAB 9: end
}
