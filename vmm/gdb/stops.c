/* SPDX-License-Identifier: MIT */
/* Decides, when a vCPU has made a step, reached a breakpoint or made an exit, whether it stops. */
#include "gdb.h"

#include <inttypes.h>

/* ---- Steps ---- */

/* Writes the pair of the stop reply for a breakpoint, or for a watchpoint at an address. */
static const char *describe(char (*details)[64], enum breakpoint_type type, uint64_t address)
{
    static const char *const names[] = {"swbreak", "hwbreak", "watch", "rwatch", "awatch"};

    snprintf(*details, sizeof(*details), "%s:;", names[type]);
    if (type == WATCH_WRITE || type == WATCH_READ || type == WATCH_ACCESS)
        snprintf(*details, sizeof(*details), "%s:%" PRIx64 ";", names[type], address);
    return *details;
}

static void end_step(struct debugger *debugger, struct vcpu *vcpu)
{
    const struct order *order = &debugger->vcpus[vcpu->id].order;
    const struct breakpoint *changed = NULL;
    uint64_t pc = vcpu->vm->backend->pc(vcpu);
    char details[64];

    if (debugger->stepped_watches > 0)
        changed = breakpoints_changed(debugger, vcpu);
    if (changed) {
        debugger_stop(debugger, vcpu, GDB_SIGNAL_TRAP,
                      describe(&details, changed->type, changed->address));
    } else if (order->action == ACTION_STEP && pc - order->start >= order->end - order->start) {
        debugger_stop(debugger, vcpu, GDB_SIGNAL_TRAP, "");
    } else if (debugger->ops->why_no_step(vcpu)) {
        debugger_print(debugger, "labvisor: %s\n", debugger->ops->why_no_step(vcpu));
        debugger_stop(debugger, vcpu, GDB_SIGNAL_TRAP, "");
    } else {
        vcpu->orders.interrupts = debugger_interrupts(order);
    }
}

/* ---- Breakpoints and watchpoints ---- */

/* Going back, a watchpoint stops after its instruction, as gdb expects on RISC-V: it then steps
 * back over the instruction to compare the values. */
static void reach_breakpoint(struct debugger *debugger, struct vcpu *vcpu,
                             const struct stop_point *stop)
{
    struct debugged_vcpu *debugged = &debugger->vcpus[vcpu->id];
    const bool stops = stop->why == STOPPED_BY_WATCH || breakpoints_stop(debugger, vcpu, stop);
    char details[64];

    describe(&details, stop->type, stop->address);
    if (reverse_is_active(debugger)) {
        if (stops)
            rewind_note(debugger->timeline, vcpu,
                        stop->why == STOPPED_BY_WATCH ? REWIND_AFTER_INSN : REWIND_BEFORE_INSN,
                        details);
        return;
    }
    if (stop->why == STOPPED_BY_BREAK) {
        if (orders_end_handler(debugger, vcpu))
            return;
        debugged->at_break = true;
        debugged->break_pc = vcpu->vm->backend->pc(vcpu);
    }
    if (stops) {
        orders_cancel(debugger);
        debugger_stop(debugger, vcpu, GDB_SIGNAL_TRAP, details);
    } else {
        debugger->pass_requested = true; /* a condition that does not hold, or another's handler */
    }
}

/* Ends a step, or lets the interrupt come that has preempted it. */
static void finish_step(struct debugger *debugger, struct vcpu *vcpu, const struct stop_point *stop)
{
    const bool ordered = debugger->vcpus[vcpu->id].order.action == ACTION_STEP;
    const bool known = stop->interrupted && stop->handler != 0;

    if (known && !ordered && orders_enter_handler(debugger, vcpu))
        return;
    if (known || (stop->interrupted && ordered))
        orders_run_handler(debugger, vcpu);
    else
        end_step(debugger, vcpu);
}

void debugger_at_stop(struct hooks *hooks, struct vcpu *vcpu)
{
    struct debugger *debugger = debugger_of(hooks);
    struct debugged_vcpu *debugged = &debugger->vcpus[vcpu->id];
    const struct stop_point stop = vcpu->stop;

    debugged->stop_deferred = vcpu->paused; /* another vCPU stopped the guest at the same time */
    if (vcpu->paused)
        return;
    orders_end_passing(debugger, vcpu);
    if (stop.why != STOPPED_BY_STEP)
        reach_breakpoint(debugger, vcpu, &stop);
    else if (!reverse_is_active(debugger)) /* else rewind_check sees that the vCPU has arrived */
        finish_step(debugger, vcpu, &stop);
}

/* ---- Exits ---- */

static bool stops_at_exit(struct debugger *debugger, const struct vcpu *vcpu)
{
    struct exit_watch *exits = &debugger->exits;

    if (exits->stop == EXITS_NEXT && filter_matches(&exits->next, vcpu)) {
        exits->stop = EXITS_PASS;
        return true;
    }
    return exits_hit(debugger, vcpu);
}

bool debugger_at_exit(struct hooks *hooks, struct vcpu *vcpu)
{
    struct debugger *debugger = debugger_of(hooks);
    struct debugged_vcpu *debugged = &debugger->vcpus[vcpu->id];

    if (debugged->exit_recorded)
        return true;  /* gdb had its stop before the exit is handled */
    if (vcpu->paused) /* another vCPU stopped the guest at the same time */
        return false;
    if (!exit_is_guests(vcpu->exit.kind))
        return true;
    orders_end_passing(debugger, vcpu);
    exits_record(debugger, vcpu);
    debugged->exit_recorded = true;
    if (reverse_is_active(debugger))
        return rewind_exited(debugger->timeline, vcpu);
    if (!stops_at_exit(debugger, vcpu))
        return true;
    debugger_stop(debugger, vcpu, GDB_SIGNAL_0, "");
    exits_print(debugger, vcpu);
    return false;
}

/* Stops at a watchpoint if the VMM has written there for an exit. Going back, the stop point is
 * before that: where the exit is pending. */
static bool stops_at_write(struct debugger *debugger, struct vcpu *vcpu)
{
    const struct breakpoint *watch = breakpoints_written(debugger, vcpu);
    char details[64];

    debugger->writes.count = 0;
    if (!watch)
        return false;
    describe(&details, watch->type, watch->address);
    if (reverse_is_active(debugger))
        rewind_note(debugger->timeline, vcpu, REWIND_AT_EXIT, details);
    else
        debugger_stop(debugger, vcpu, GDB_SIGNAL_TRAP, details);
    return true;
}

void debugger_at_result(struct hooks *hooks, struct vcpu *vcpu)
{
    struct debugger *debugger = debugger_of(hooks);
    struct exit_watch *exits = &debugger->exits;
    bool finish = exits->stop == EXITS_FINISH && exits->finish == vcpu->id, stop;

    if (!exit_is_guests(vcpu->exit.kind) || (vcpu->waiting && vcpu->exit.kind != EXIT_HALT))
        return;
    if (!exits_record_result(debugger, vcpu))
        return; /* a halt that was recorded when the vCPU began to wait */
    stop = stops_at_write(debugger, vcpu);
    if (reverse_is_active(debugger) || vcpu->vm->stopped)
        return;
    if (finish || exits->trace)
        exits_print(debugger, vcpu);
    if (finish) {
        exits->stop = EXITS_PASS;
        debugger_stop(debugger, vcpu, GDB_SIGNAL_0, "");
    }
    if (!vcpu->orders.step || finish || stop)
        return;
    if (!vcpu->waiting)
        debugger->ops->complete(vcpu);
    end_step(debugger, vcpu);
}
