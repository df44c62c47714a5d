/* bs and bc: gdb goes back; replay/rewind.h does it, where runs repeat. */
#include "gdb.h"

#include <string.h>

static struct debugger *client_of(struct rewind_client *client)
{
    return (struct debugger *)((char *)client - offsetof(struct debugger, rewind));
}

static bool wants_exit(struct rewind_client *client, struct vcpu *vcpu)
{
    const struct debugger *debugger = client_of(client);

    return debugger->only_exits || exits_match(debugger, vcpu);
}

static void restored(struct rewind_client *client)
{
    struct debugger *debugger = client_of(client);

    exits_forget_future(debugger);
    for (unsigned i = 0; i < debugger->vm->vcpu_count; i++)
        debugger->seen[i] = debugger->vm->vcpus[i].exit_pending;
}

static void arrived(struct rewind_client *client, struct vcpu *vcpu, const char *details)
{
    struct debugger *debugger = client_of(client);

    exits_forget_future(debugger);
    if (vcpu->exit_pending)
        exits_tell(debugger, vcpu);
    debugger_stop(debugger, vcpu, vcpu->exit_pending ? GDB_SIGNAL_0 : GDB_SIGNAL_TRAP,
                  details ? details : "replaylog:begin;");
}

static bool refuse(struct debugger *debugger, const char *text)
{
    link_send(&debugger->link, text, strlen(text));
    return false;
}

bool reverse_begin(struct debugger *debugger, bool step, bool only_exits)
{
    struct timeline *timeline = debugger->timeline;
    bool begun;

    if (!timeline)
        return refuse(debugger, "E.there is no way back: runs repeat on soft alone, without "
                                "--real-time");
    debugger->only_exits = only_exits;
    debugger->rewind = (struct rewind_client){wants_exit, restored, arrived};
    begun = step ? rewind_step(timeline, &debugger->rewind, debugger->selected)
                 : rewind_continue(timeline, &debugger->rewind, debugger->selected);
    return begun || refuse(debugger, "E.there is no way back any more: memory was out");
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
