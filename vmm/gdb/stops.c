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
        vcpu->orders.step = false;
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
                          const struct stop_point *stop)
{
    static const char *const names[] = {"swbreak", "hwbreak", "watch", "rwatch", "awatch"};
    char details[64];

    if (stop->why == STOPPED_BY_WATCH)
        snprintf(details, sizeof(details), "%s:%" PRIx64 ";", names[stop->type], stop->address);
    else
        snprintf(details, sizeof(details), "%s:;", names[stop->type]);
    if (reverse_is_active(debugger)) {
        rewind_note(debugger->timeline, vcpu, false, details);
    } else if (stop->why == STOPPED_BY_BREAK && end_detour(debugger, vcpu)) {
        vcpu->orders.step = true; /* the handler has returned to what was to be stepped */
    } else if (stop->why == STOPPED_BY_WATCH ||
               breakpoints_has(debugger, stop->type, stop->address)) {
        debugger_abandon_detours(debugger);
        debugger_stop(debugger, vcpu, GDB_SIGNAL_TRAP, details);
    }
}

void debugger_at_stop(struct hooks *hooks, struct vcpu *vcpu)
{
    struct debugger *debugger = debugger_of(hooks);
    const struct stop_point stop = vcpu->stop;

    debugger->late[vcpu->id] = vcpu->paused; /* it came to this just when another one stopped */
    if (vcpu->paused)
        return;
    if (stop.why != STOPPED_BY_STEP)
        on_breakpoint(debugger, vcpu, &stop);
    else if (reverse_is_active(debugger))
        return; /* rewind_check sees that it is as far as it was to go */
    else if (stop.interrupted && debugger->orders[vcpu->id].action == ACTION_STEP)
        begin_detour(debugger, vcpu, stop.address);
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

bool debugger_at_exit(struct hooks *hooks, struct vcpu *vcpu)
{
    struct debugger *debugger = debugger_of(hooks);

    if (debugger->seen[vcpu->id])
        return true;  /* gdb was told of it before it was put off */
    if (vcpu->paused) /* it came to this just when another one stopped */
        return false;
    if (!exit_is_guests(vcpu->exit.kind))
        return true;
    exits_record(debugger, vcpu);
    debugger->seen[vcpu->id] = true;
    if (reverse_is_active(debugger))
        return rewind_exited(debugger->timeline, vcpu);
    if (!stops_for(debugger, vcpu))
        return true;
    debugger_stop(debugger, vcpu, GDB_SIGNAL_0, "");
    exits_tell(debugger, vcpu);
    return false;
}

void debugger_at_result(struct hooks *hooks, struct vcpu *vcpu)
{
    struct debugger *debugger = debugger_of(hooks);
    struct exit_watch *exits = &debugger->exits;
    bool finish = exits->stop == EXITS_FINISH && exits->finish == vcpu->id;

    if (!exit_is_guests(vcpu->exit.kind) || (vcpu->waiting && vcpu->exit.kind != EXIT_HALT))
        return;
    if (!exits_record_result(debugger, vcpu))
        return; /* it has halted before, and still waits */
    if (reverse_is_active(debugger) || vcpu->vm->stopped)
        return;
    if (finish || exits->trace)
        exits_tell(debugger, vcpu);
    if (finish) {
        exits->stop = EXITS_PASS;
        debugger_stop(debugger, vcpu, GDB_SIGNAL_0, "");
    }
    if (!vcpu->orders.step || finish)
        return;
    if (!vcpu->waiting)
        debugger->ops->complete(vcpu);
    on_step(debugger, vcpu);
}
