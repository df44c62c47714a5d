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

    return debugger->stop_at_any_exit || exits_match(debugger, vcpu);
}

static void restored(struct rewind_client *client)
{
    struct debugger *debugger = client_of(client);

    exits_forget_future(debugger);
    for (unsigned i = 0; i < debugger->vm->vcpu_count; i++)
        debugger->vcpus[i].exit_recorded = debugger->vm->vcpus[i].exit_pending;
}

static void arrived(struct rewind_client *client, struct vcpu *vcpu, const char *details)
{
    struct debugger *debugger = client_of(client);

    exits_forget_future(debugger);
    if (vcpu->exit_pending)
        exits_print(debugger, vcpu);
    /* Details: a watchpoint that this exit has written. */
    debugger_stop(debugger, vcpu,
                  vcpu->exit_pending && details && !*details ? GDB_SIGNAL_0 : GDB_SIGNAL_TRAP,
                  details ? details : "replaylog:begin;");
}

static bool begin(struct debugger *debugger,
                  bool (*go)(struct timeline *, struct rewind_client *, struct vcpu *))
{
    if (!debugger->timeline) {
        packets_reply_error(debugger, CANNOT_GO_BACK);
        return false;
    }
    debugger_branch(debugger);
    debugger->stop_at_any_exit = debugger->exits.stop == EXITS_BACK;
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
    return begin(debugger, rewind_continue);
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
