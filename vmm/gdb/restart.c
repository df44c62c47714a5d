/* SPDX-License-Identifier: MIT */
/*
 * gdb's `run`: the guest begins again. The stub leaves the run loop; main brings the machine back
 * to its first instruction, and enters the loop again, where gdb gets its stop.
 */
#include "gdb.h"

#include <string.h>

/* Makes the run loop return; then main begins the run again. The guest of before ends here, so that
 * none of its exits is handled. */
static void begin_again(struct debugger *debugger, enum debugger_state state)
{
    orders_cancel(debugger);
    /* gdb inserts them again, and has forgotten those of before. */
    breakpoints_remove_all(debugger);
    vm_stop(debugger->vm, STATUS_OK);
    debugger->vm->leave = debugger->restart = true;
    debugger->state = state;
}

/* Handles ";[FILE][;ARGUMENT]...". The file is labvisor's. */
void handle_vrun(struct debugger *debugger, const char *args)
{
    static const char reason[] = "run: the guest has the arguments of labvisor's command line: "
                                 "give none to gdb";

    if (strchr(args + 1, ';')) {
        fprintf(stderr, "labvisor: gdb: %s\n", reason);
        packets_reply_error(debugger, reason);
        return;
    }
    debugger->run_by_gdb = true;
    begin_again(debugger, RUNNING);
}

/* gdb asks for the stop reply. */
void handle_restart(struct debugger *debugger, const char *args)
{
    (void)args;
    begin_again(debugger, STOPPED);
}

bool debugger_wants_restart(const struct debugger *debugger)
{
    return debugger && debugger->restart;
}

int debugger_restarted(struct debugger *debugger)
{
    struct vm *vm = debugger->vm;

    debugger->restart = debugger->end_shown = debugger->guest_changed = false;
    debugger->passing = NULL;
    debugger->pass_requested = false;
    memset(debugger->vcpus, 0, sizeof(debugger->vcpus));
    debugger->exits.stop = EXITS_PASS;
    exits_moved(debugger);
    forget_failure();
    debugger_stop(debugger, &vm->vcpus[0], GDB_SIGNAL_TRAP, "");
    if (debugger->timeline) {
        reverse_forget_marks(debugger);
        return 0;
    }
    return debugger->ops->create(vm);
}
