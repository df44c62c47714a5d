/*
 * Backwards: the machine is brought back to a snapshot before now, and what came since is executed
 * again, and looked at; the last thing to stop at is then gone to in the same way. If there is
 * none, the same with what came before that snapshot. So each instruction is executed again once,
 * and those of one interval twice.
 */
#include "gdb.h"

#include "core/platform.h"

#include <string.h>

#define BEGINNING "replaylog:begin;"

static bool refuse(struct debugger *debugger)
{
    static const char none[] = "E.there is no way back: runs repeat on soft alone, without "
                               "--real-time";
    static const char lost[] = "E.there is no way back any more: memory was out";

    if (debugger->vm->timeline)
        link_send(&debugger->link, lost, sizeof(lost) - 1);
    else
        link_send(&debugger->link, none, sizeof(none) - 1);
    return false;
}

/* What it took to come here is not the guest's time; one whose time was up gets all of it again. */
static void forgive_time(struct debugger *debugger)
{
    struct vm *vm = debugger->vm;
    uint64_t now = host_now(), since = debugger->past.since;

    if (vm->end_ns == NEVER)
        return;
    vm->end_ns =
        vm->end_ns > since ? vm->end_ns + (now - since) : now + (uint64_t)(vm->timeout * 1e9);
    host_set_end(vm->end_ns);
}

static void arrive(struct debugger *debugger, struct vcpu *vcpu, const char *details)
{
    char copy[sizeof(debugger->past.details)];

    snprintf(copy, sizeof(copy), "%s", details);
    debugger->past.mode = PRESENT;
    exits_forget_future(debugger);
    forgive_time(debugger);
    debugger_stop(debugger, vcpu, vcpu->unserved ? GDB_SIGNAL_0 : GDB_SIGNAL_TRAP, copy);
}

/* The machine is at a snapshot again. */
static void went_back(struct debugger *debugger)
{
    exits_forget_future(debugger);
    for (unsigned i = 0; i < debugger->vm->vcpu_count; i++)
        debugger->seen[i] = debugger->vm->vcpus[i].unserved;
}

/* A snapshot at an exit: that will not be come to. */
static void note_exit_here(struct debugger *debugger)
{
    for (unsigned i = 0; i < debugger->vm->vcpu_count; i++) {
        struct vcpu *vcpu = &debugger->vm->vcpus[i];

        if (vcpu->unserved && (debugger->past.only_exits || exits_match(debugger, vcpu)))
            past_note(debugger, vcpu, true, "");
    }
}

/* Executes again what comes before past->limit, from the latest snapshot before that on. */
static bool look_back(struct debugger *debugger)
{
    struct past *past = &debugger->past;

    past->start = timeline_go_back(debugger->vm, past->limit - 1);
    if (past->start == UINT64_MAX)
        return false;
    went_back(debugger);
    past->mode = LOOKING_BACK;
    past->found = false;
    note_exit_here(debugger);
    if (past->start >= past->limit) /* this is the beginning */
        arrive(debugger, past->vcpu, BEGINNING);
    return true;
}

bool past_continue(struct debugger *debugger, struct vcpu *vcpu)
{
    struct past *past = &debugger->past;

    if (!debugger->vm->timeline)
        return refuse(debugger);
    past->since = host_now();
    past->limit = timeline_now(debugger->vm);
    past->vcpu = vcpu;
    past->vcpu_goal = UINT64_MAX;
    return look_back(debugger) || refuse(debugger);
}

bool past_step(struct debugger *debugger, struct vcpu *vcpu)
{
    struct past *past = &debugger->past;
    uint64_t begun = vcpu->insns - (vcpu->unserved ? 1 : 0); /* the instructions before this one */

    if (!debugger->vm->timeline)
        return refuse(debugger);
    past->since = host_now();
    past->vcpu = vcpu;
    past->vcpu_goal = begun > 0 ? begun - 1 : 0;
    past->mode = GOING_THERE;
    if (timeline_go_back_for(debugger->vm, vcpu->id, past->vcpu_goal) == UINT64_MAX)
        return refuse(debugger);
    went_back(debugger);
    if (begun == 0)
        arrive(debugger, vcpu, BEGINNING);
    return true;
}

void past_note(struct debugger *debugger, struct vcpu *vcpu, bool unserved, const char *details)
{
    struct past *past = &debugger->past;
    position_t here = position_of(debugger->vm->insn_count, unserved);

    if (past->mode != LOOKING_BACK || here >= past->limit)
        return;
    past->found = true;
    past->goal = here;
    past->vcpu = vcpu;
    snprintf(past->details, sizeof(past->details), "%s", details);
}

static void go_there(struct debugger *debugger)
{
    struct past *past = &debugger->past;

    past->mode = GOING_THERE;
    timeline_go_back(debugger->vm, past->goal);
    went_back(debugger);
}

/* All up to the limit has been looked at. */
static void end_look(struct debugger *debugger)
{
    struct past *past = &debugger->past;

    if (past->found) {
        go_there(debugger);
        return;
    }
    past->limit = past->start;
    if (!look_back(debugger))
        arrive(debugger, past->vcpu, "");
}

void past_look(struct debugger *debugger)
{
    struct past *past = &debugger->past;
    const struct vm *vm = debugger->vm;

    if (past->mode == LOOKING_BACK && vm->insn_count >= past->limit / 2)
        end_look(debugger);
    if (past->mode != GOING_THERE)
        return;
    if (past->vcpu_goal != UINT64_MAX ? past->vcpu->insns >= past->vcpu_goal
                                      : timeline_now(vm) >= past->goal)
        arrive(debugger, past->vcpu, past->vcpu_goal != UINT64_MAX ? "" : past->details);
}

uint64_t past_limit(const struct debugger *debugger, const struct vcpu *vcpu)
{
    const struct past *past = &debugger->past;
    uint64_t all = debugger->vm->insn_count, end;

    if (past->mode == PRESENT)
        return UINT64_MAX;
    if (past->mode == GOING_THERE && past->vcpu_goal != UINT64_MAX)
        return vcpu == past->vcpu ? past->vcpu_goal : UINT64_MAX;
    end = past->mode == LOOKING_BACK ? past->limit / 2 : position_insns(past->goal);
    return vcpu->insns + (end > all ? end - all : 0);
}
