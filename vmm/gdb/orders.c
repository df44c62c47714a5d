/* SPDX-License-Identifier: MIT */
/*
 * What each vCPU is to do until the next stop. gdb's orders alone do not suffice:
 * - A vCPU at a breakpoint that was reported would only reach it again. It passes it: it makes one
 *   step without that breakpoint, while the others are paused and cannot miss it.
 * - A step that an interrupt has preempted waits for the end of the interrupt's handler.
 */
#include "gdb.h"

enum interrupts debugger_interrupts(const struct order *order)
{
    if (order->action != ACTION_STEP)
        return INTERRUPTS_COME;
    return order->end > order->start ? INTERRUPTS_TELL : INTERRUPTS_HELD;
}

/* ---- Preempted steps ---- */

static uint64_t tables_of(struct vcpu *vcpu)
{
    struct paging paging;

    vcpu->vm->backend->paging(vcpu, &paging);
    return paging.levels ? paging.root : 0;
}

/* Runs a vCPU without steps up to a breakpoint. Returns false if that cannot be inserted. */
static bool run_to(struct vcpu *vcpu, struct debugger *debugger, const struct preempted_step *to)
{
    struct preempted_step *step = &debugger->vcpus[vcpu->id].preempted;

    if (debugger->ops->insert(vcpu, &to->end))
        return false;
    *step = *to;
    vcpu->orders.step = false;
    vcpu->orders.interrupts = INTERRUPTS_COME;
    return true;
}

void orders_run_handler(struct debugger *debugger, struct vcpu *vcpu)
{
    const struct preempted_step step = {
        .active = true,
        .end = {.type = BREAK_SOFTWARE, .address = vcpu->stop.address},
        .sp = registers_value(debugger, vcpu, debugger->target->sp),
        .tables = tables_of(vcpu),
    };

    if (run_to(vcpu, debugger, &step))
        return;
    vcpu->orders.step = true; /* if it has entered the handler, it ends there */
    vcpu->orders.interrupts = INTERRUPTS_HELD;
}

bool orders_enter_handler(struct debugger *debugger, struct vcpu *vcpu)
{
    const struct preempted_step step = {
        .active = true,
        .enters = true,
        .end = {.type = BREAK_HARDWARE, .address = vcpu->stop.handler},
    };

    return vcpu->stop.handler != 0 && run_to(vcpu, debugger, &step);
}

/* The stack and the page tables tell the preempted code from other code at the same address. */
static bool is_preempted(struct debugger *debugger, struct vcpu *vcpu)
{
    const struct preempted_step *step = &debugger->vcpus[vcpu->id].preempted;

    return step->enters || (registers_value(debugger, vcpu, debugger->target->sp) == step->sp &&
                            tables_of(vcpu) == step->tables);
}

bool orders_end_handler(struct debugger *debugger, struct vcpu *vcpu)
{
    struct preempted_step *step = &debugger->vcpus[vcpu->id].preempted;

    if (!step->active || vcpu->vm->backend->pc(vcpu) != step->end.address ||
        !is_preempted(debugger, vcpu))
        return false;
    step->active = false;
    debugger->ops->remove(vcpu, &step->end);
    vcpu->orders.step = true; /* of the instruction that was preempted, and comes first now */
    vcpu->orders.interrupts = INTERRUPTS_HELD;
    return true;
}

/* ---- Passing a breakpoint ---- */

/* Inserts or removes the code breakpoints at an address: gdb's, and the ends of handlers. Returns
 * how many there are. */
static unsigned change_breakpoints(struct debugger *debugger, struct vcpu *vcpu, uint64_t address,
                                   bool insert)
{
    unsigned count = 0;

    for (unsigned i = 0; i < debugger->breakpoint_count + debugger->vm->vcpu_count; i++) {
        bool gdbs = i < debugger->breakpoint_count;
        const struct preempted_step *step =
            gdbs ? NULL : &debugger->vcpus[i - debugger->breakpoint_count].preempted;
        const struct breakpoint *breakpoint = gdbs ? &debugger->breakpoints[i] : &step->end;

        if (breakpoint->type >= WATCH_WRITE || breakpoint->address != address ||
            !(gdbs || step->active))
            continue;
        count++;
        if (insert)
            debugger->ops->insert(vcpu, breakpoint);
        else
            debugger->ops->remove(vcpu, breakpoint);
    }
    return count;
}

/* Returns a vCPU that has to pass breakpoints, which are removed then; or NULL. A back end with
 * slices remembers what it has reported, and passes by itself. */
static struct vcpu *begin_passing(struct debugger *debugger)
{
    struct vm *vm = debugger->vm;

    for (unsigned i = 0; i < vm->vcpu_count && !vm->backend->slices; i++) {
        struct vcpu *vcpu = &vm->vcpus[i];
        const struct debugged_vcpu *debugged = &debugger->vcpus[i];

        if (debugged->at_break && debugged->order.action != ACTION_PAUSE &&
            vm->backend->pc(vcpu) == debugged->break_pc && !debugger->ops->why_no_step(vcpu) &&
            change_breakpoints(debugger, vcpu, debugged->break_pc, false) > 0)
            return vcpu;
    }
    return NULL;
}

static void stop_passing(struct debugger *debugger)
{
    struct vcpu *vcpu = debugger->passing;

    debugger->passing = NULL;
    if (vcpu)
        change_breakpoints(debugger, vcpu, debugger->vcpus[vcpu->id].break_pc, true);
}

void orders_end_passing(struct debugger *debugger, const struct vcpu *vcpu)
{
    if (!debugger->passing || debugger->passing != vcpu)
        return;
    stop_passing(debugger);
    orders_give(debugger);
}

/* ---- All ---- */

void orders_cancel(struct debugger *debugger)
{
    stop_passing(debugger);
    for (unsigned i = 0; i < debugger->vm->vcpu_count; i++) {
        struct preempted_step *step = &debugger->vcpus[i].preempted;

        if (step->active)
            debugger->ops->remove(&debugger->vm->vcpus[i], &step->end);
        step->active = false;
    }
}

/* A back end with slices pauses no vCPU, because the order of turns is a part of the run that
 * repeats. */
void orders_give(struct debugger *debugger)
{
    struct vm *vm = debugger->vm;

    debugger->pass_requested = false;
    debugger->passing = begin_passing(debugger);
    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        struct vcpu *vcpu = &vm->vcpus[i];
        const struct debugged_vcpu *debugged = &debugger->vcpus[i];
        enum action action = debugged->order.action;

        vcpu->paused = !vm->backend->slices && (action == ACTION_PAUSE || debugger->passing);
        vcpu->orders.interrupts = debugger_interrupts(&debugged->order);
        vcpu->orders.step =
            action == ACTION_STEP ||
            (action == ACTION_RUN && debugger->stepped_watches > 0 && vcpu->started);
        if (debugged->preempted.active) {
            vcpu->orders.interrupts = INTERRUPTS_COME;
            vcpu->orders.step = false;
        }
    }
    if (debugger->passing) {
        debugger->passing->paused = false;
        debugger->passing->orders.interrupts = INTERRUPTS_HELD;
        debugger->passing->orders.step = true;
    }
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        if (!vm->vcpus[i].paused)
            vcpu_kick(&vm->vcpus[i]);
}
