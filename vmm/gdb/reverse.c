/* SPDX-License-Identifier: MIT */
/* Goes back for gdb (packets bs and bc): the client of replay/rewind.h. */
#include "gdb.h"

static struct debugger *client_of(struct rewind_client *client)
{
    return (struct debugger *)((char *)client - offsetof(struct debugger, rewind));
}

static bool wants_exit(struct rewind_client *client, struct vcpu *vcpu)
{
    const struct debugger *debugger = client_of(client);

    if (debugger->way_back == EXITS_BACK)
        return !debugger->exits.back_to || vcpu->exit_number == debugger->exits.back_to;
    return exits_match(debugger, vcpu);
}

static void restored(struct rewind_client *client)
{
    struct debugger *debugger = client_of(client);

    exits_moved(debugger);
    for (unsigned i = 0; i < debugger->vm->vcpu_count; i++)
        debugger->vcpus[i].exit_recorded = debugger->vm->vcpus[i].exit_pending;
}

static void arrived(struct rewind_client *client, struct vcpu *vcpu, const char *details)
{
    struct debugger *debugger = client_of(client);

    if (vcpu->exit_pending)
        exits_print(debugger, vcpu);
    /* Details: a watchpoint that this exit has written. */
    if (details && !*details && (vcpu->exit_pending || debugger->way_back == EXITS_MARK))
        debugger_stop(debugger, vcpu, GDB_SIGNAL_0, "");
    else
        debugger_stop(debugger, vcpu, GDB_SIGNAL_TRAP, details ? details : "replaylog:begin;");
}

static bool go_to_mark(struct timeline *timeline, struct rewind_client *client, struct vcpu *vcpu)
{
    return rewind_to(timeline, client, vcpu, client_of(client)->exits.mark);
}

static bool go_to_exit(struct timeline *timeline, struct rewind_client *client, struct vcpu *vcpu)
{
    return rewind_to_exit(timeline, client, vcpu, client_of(client)->exits.back_to);
}

static bool begin(struct debugger *debugger,
                  bool (*go)(struct timeline *, struct rewind_client *, struct vcpu *))
{
    if (!debugger->timeline) {
        packets_reply_error(debugger, CANNOT_GO_BACK);
        return false;
    }
    debugger_branch(debugger);
    debugger->way_back = debugger->exits.stop;
    debugger->exits.stop = EXITS_PASS;
    debugger->rewind = (struct rewind_client){wants_exit, restored, arrived};
    if (go(debugger->timeline, &debugger->rewind, debugger->selected))
        return true;
    packets_reply_error(debugger, "cannot go back: out of memory for checkpoints");
    return false;
}

bool reverse_step(struct debugger *debugger)
{
    return begin(debugger, rewind_step);
}

bool reverse_continue(struct debugger *debugger)
{
    const struct exit_watch *exits = &debugger->exits;

    if (exits->stop == EXITS_MARK)
        return begin(debugger, go_to_mark);
    if (exits->stop == EXITS_BACK && exits->back_to && debugger->breakpoint_count == 0)
        return begin(debugger, go_to_exit);
    return begin(debugger, rewind_continue);
}

void reverse_jump_ahead(struct debugger *debugger)
{
    const struct exit_watch *exits = &debugger->exits;

    if (!debugger->timeline || debugger->guest_changed || exits->stop != EXITS_NEXT ||
        !exits->forward_to || exits->filter_count > 0 || exits->trace ||
        debugger->breakpoint_count > 0)
        return;
    if (timeline_jump_to_exit(debugger->timeline, exits->forward_to))
        restored(&debugger->rewind);
}

void reverse_forget_marks(struct debugger *debugger)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < debugger->mark_count; i++)
        if (debugger->marks[i].position <= timeline_now(debugger->timeline))
            debugger->marks[kept++] = debugger->marks[i];
    debugger->mark_count = kept;
}

bool reverse_is_active(const struct debugger *debugger)
{
    return debugger->timeline && rewind_is_active(debugger->timeline);
}

void reverse_cancel(struct debugger *debugger)
{
    if (debugger->timeline)
        rewind_cancel(debugger->timeline);
}
