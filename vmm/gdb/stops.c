/* What a vCPU has come to: a step, a breakpoint, an exit. Is it to stop there? */
#include "gdb.h"

#include <inttypes.h>

/* ---- Steps ---- */

static uint64_t tables_of(struct vcpu *vcpu)
{
    struct paging paging;

    vcpu->vm->backend->paging(vcpu, &paging);
    return paging.levels ? paging.root : 0;
}

/* The step was one into an interrupt's handler: lets that run, and comes back. */
static void begin_detour(struct debugger *debugger, struct vcpu *vcpu, uint64_t back)
{
    struct detour *detour = &debugger->detours[vcpu->id];

    *detour = (struct detour){
        .active = true,
        .end = {.type = BREAK_SOFTWARE, .address = back},
        .sp = registers_value(debugger, vcpu, "sp"),
        .tables = tables_of(vcpu),
    };
    if (debugger->ops->insert(vcpu, &detour->end))
        detour->active = false; /* too many breakpoints: then it ends here */
    else
        vcpu->step = false;
}

/* Whether a breakpoint that was come to is the end of a detour. */
static bool end_detour(struct debugger *debugger, struct vcpu *vcpu)
{
    struct detour *detour = &debugger->detours[vcpu->id];

    if (!detour->active || vcpu->vm->backend->pc(vcpu) != detour->end.address ||
        registers_value(debugger, vcpu, "sp") != detour->sp || tables_of(vcpu) != detour->tables)
        return false;
    detour->active = false;
    debugger->ops->remove(vcpu, &detour->end);
    return true;
}

void debugger_abandon_detours(struct debugger *debugger)
{
    for (unsigned i = 0; i < debugger->vm->vcpu_count; i++) {
        struct detour *detour = &debugger->detours[i];

        if (detour->active)
            debugger->ops->remove(&debugger->vm->vcpus[i], &detour->end);
        detour->active = false;
    }
}

/* A vCPU has made its step. */
static void on_step(struct debugger *debugger, struct vcpu *vcpu)
{
    const struct order *order = &debugger->orders[vcpu->id];
    const struct breakpoint *changed = NULL;
    uint64_t pc = vcpu->vm->backend->pc(vcpu);

    if (debugger->stepped_watches > 0)
        changed = breakpoints_changed(debugger, vcpu);
    if (changed) {
        char details[64];

        snprintf(details, sizeof(details), "watch:%" PRIx64 ";", changed->address);
        debugger_stop(debugger, vcpu, GDB_SIGNAL_TRAP, details);
    } else if (order->action == ACTION_STEP && pc - order->start >= order->end - order->start) {
        debugger_stop(debugger, vcpu, GDB_SIGNAL_TRAP, "");
    } else if (debugger->ops->why_no_step(vcpu)) {
        debugger_print(debugger, "labvisor: %s\n", debugger->ops->why_no_step(vcpu));
        debugger_stop(debugger, vcpu, GDB_SIGNAL_TRAP, "");
    }
}

static void on_breakpoint(struct debugger *debugger, struct vcpu *vcpu,
                          const struct debug_stop *debug)
{
    static const char *const names[] = {"swbreak", "hwbreak", "watch", "rwatch", "awatch"};
    char details[64];

    if (debug->why == DEBUG_WATCH)
        snprintf(details, sizeof(details), "%s:%" PRIx64 ";", names[debug->type], debug->address);
    else
        snprintf(details, sizeof(details), "%s:;", names[debug->type]);
    if (debugger->past.mode != PRESENT) {
        past_note(debugger, vcpu, false, details);
    } else if (debug->why == DEBUG_BREAK && end_detour(debugger, vcpu)) {
        vcpu->step = true; /* the handler has returned to what was to be stepped */
    } else if (debug->why == DEBUG_WATCH ||
               breakpoints_has(debugger, debug->type, debug->address)) {
        debugger_abandon_detours(debugger);
        debugger_stop(debugger, vcpu, GDB_SIGNAL_TRAP, details);
    }
}

static void on_debug_exit(struct debugger *debugger, struct vcpu *vcpu)
{
    const struct debug_stop debug = vcpu->exit.debug;

    vcpu->exit.kind = EXIT_KICK;
    if (debug.why != DEBUG_STEP)
        on_breakpoint(debugger, vcpu, &debug);
    else if (debugger->past.mode != PRESENT)
        return; /* as far as it was to go: past_look sees that */
    else if (debug.interrupted && debugger->orders[vcpu->id].action == ACTION_STEP)
        begin_detour(debugger, vcpu, debug.address);
    else
        on_step(debugger, vcpu);
}

/* ---- Exits ---- */

static bool stops_for(struct debugger *debugger, const struct vcpu *vcpu)
{
    struct exit_watch *exits = &debugger->exits;

    if (exits->stop == EXITS_NEXT && filter_matches(&exits->next, vcpu)) {
        exits->stop = EXITS_PASS;
        return true;
    }
    return exits_match(debugger, vcpu);
}

/* Tells about a vCPU's last exit. */
static void tell(struct debugger *debugger, const struct vcpu *vcpu)
{
    char text[512];

    exits_describe(debugger, exits_last(debugger, vcpu->id), text, sizeof(text));
    debugger_print(debugger, "%s\n", text);
}

bool debugger_exit(struct vcpu *vcpu)
{
    struct debugger *debugger = vcpu->vm->debugger;
    struct past *past = &debugger->past;

    if (vcpu->held) { /* it came to this just when another one stopped */
        vcpu->unserved = true;
        return false;
    }
    if (vcpu->exit.kind == EXIT_DEBUG) {
        on_debug_exit(debugger, vcpu);
        return false;
    }
    if (!exit_is_event(vcpu))
        return true;
    exits_record(debugger, vcpu);
    debugger->seen[vcpu->id] = true;
    if (past->mode == LOOKING_BACK && (past->only_exits || exits_match(debugger, vcpu)))
        past_note(debugger, vcpu, true, "");
    if (past->mode == LOOKING_BACK && vcpu->vm->insn_count >= past->limit / 2) {
        vcpu->unserved = true; /* as far as it was to go: what came of this exit is known */
        return false;
    }
    if (past->mode == PRESENT ? !stops_for(debugger, vcpu)
                              : past->mode == LOOKING_BACK || past->vcpu_goal != UINT64_MAX ||
                                    position_of(vcpu->vm->insn_count, true) != past->goal)
        return true;
    vcpu->unserved = true;
    if (past->mode == PRESENT)
        debugger_stop(debugger, vcpu, GDB_SIGNAL_0, "");
    tell(debugger, vcpu);
    return false;
}

void debugger_served(struct vcpu *vcpu)
{
    struct debugger *debugger = vcpu->vm->debugger;
    struct exit_watch *exits = &debugger->exits;
    bool finish = exits->stop == EXITS_FINISH && exits->finish == vcpu->id;

    if (!exit_is_event(vcpu) || (vcpu->waiting && vcpu->exit.kind != EXIT_HALT))
        return;
    if (!exits_record_result(debugger, vcpu))
        return; /* it has halted before, and still waits */
    if (debugger->past.mode != PRESENT || vcpu->vm->stopped)
        return;
    if (finish || exits->trace)
        tell(debugger, vcpu);
    if (finish) {
        exits->stop = EXITS_PASS;
        debugger_stop(debugger, vcpu, GDB_SIGNAL_0, "");
    }
    if (!vcpu->step || finish)
        return;
    if (!vcpu->waiting)
        debugger->ops->complete(vcpu);
    on_step(debugger, vcpu);
}
