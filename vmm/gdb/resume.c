/* SPDX-License-Identifier: MIT */
/* The packets that resume the guest, end it, or leave it. */
#include "gdb.h"

#define KILLED 137 /* exit status after a kill: as a shell shows one by SIGKILL */

/* Returns why the guest cannot be resumed, or a vCPU that is ordered to step cannot; or NULL. */
static const char *why_not(struct debugger *debugger)
{
    if (debugger->state == WITHOUT_GUEST)
        return "the guest has ended: `run` begins it again";
    for (unsigned i = 0; i < debugger->vm->vcpu_count; i++) {
        const char *reason = debugger->vcpus[i].order.action == ACTION_STEP
                                 ? debugger->ops->why_no_step(&debugger->vm->vcpus[i])
                                 : NULL;

        if (reason)
            return reason;
    }
    return NULL;
}

static void resume(struct debugger *debugger)
{
    const char *reason = why_not(debugger);

    if (!reason) {
        reverse_jump_ahead(debugger);
        debugger->state = RUNNING;
        return;
    }
    fprintf(stderr, "labvisor: gdb: %s\n", reason);
    packets_reply_error(debugger, reason);
}

static void order_all(struct debugger *debugger, enum action action)
{
    for (unsigned i = 0; i < debugger->vm->vcpu_count; i++)
        debugger->vcpus[i].order = (struct order){.action = action};
}

/* Reads an action of vCont: c, s, CSIGNAL, SSIGNAL or rSTART,END. Guests take no signals. */
static bool take_action(const char **at, struct order *order)
{
    uint64_t signal;

    *order = (struct order){.action = ACTION_RUN};
    if (take_char(at, 'c'))
        return true;
    if (take_char(at, 'C'))
        return take_hex(at, &signal);
    order->action = ACTION_STEP;
    if (take_char(at, 's'))
        return true;
    if (take_char(at, 'S'))
        return take_hex(at, &signal);
    return take_char(at, 'r') && take_hex(at, &order->start) && take_char(at, ',') &&
           take_hex(at, &order->end);
}

/* Handles ";ACTION[:THREAD]...": a vCPU gets the first action that names it or all. */
void handle_vcont(struct debugger *debugger, const char *args)
{
    bool given[VCPU_MAX] = {false};

    order_all(debugger, ACTION_PAUSE);
    while (take_char(&args, ';')) {
        uint64_t thread = THREAD_ALL;
        struct order order;

        if (!take_action(&args, &order) ||
            (take_char(&args, ':') && !take_thread(&args, &thread)) ||
            !vcpu_of_thread(debugger, thread)) {
            packets_reply_error(debugger, "vCont: unknown action or thread");
            return;
        }
        for (unsigned i = 0; i < debugger->vm->vcpu_count; i++)
            if (!given[i] && (thread == THREAD_ALL || thread == 0 || thread == i + 1)) {
                debugger->vcpus[i].order = order;
                given[i] = true;
            }
    }
    resume(debugger);
}

/* Resumes for a gdb without vCont. args: "" or an address, which becomes the pc. */
static void resume_at(struct debugger *debugger, const char *args, bool step)
{
    uint64_t address;

    if (take_hex(&args, &address)) {
        if (debugger->selected->exit_pending || debugger->selected->waiting) {
            packets_reply_error(debugger, "the pc stays while an exit is pending");
            return;
        }
        debugger->ops->set_pc(debugger->selected, address);
        debugger->guest_changed = true;
    }
    order_all(debugger, ACTION_RUN);
    if (step)
        debugger->vcpus[debugger->selected->id].order.action = ACTION_STEP;
    resume(debugger);
}

void handle_continue(struct debugger *debugger, const char *args)
{
    resume_at(debugger, args, false);
}

void handle_step(struct debugger *debugger, const char *args)
{
    resume_at(debugger, args, true);
}

/* args: "SIGNAL[;ADDRESS]" */
static void resume_with_signal(struct debugger *debugger, const char *args, bool step)
{
    uint64_t signal;

    if (take_hex(&args, &signal) && (!*args || take_char(&args, ';')))
        resume_at(debugger, args, step);
    else
        packets_reply_error(debugger, "a signal was expected");
}

void handle_continue_signal(struct debugger *debugger, const char *args)
{
    resume_with_signal(debugger, args, false);
}

void handle_step_signal(struct debugger *debugger, const char *args)
{
    resume_with_signal(debugger, args, true);
}

static void go_back(struct debugger *debugger, bool (*reverse)(struct debugger *))
{
    order_all(debugger, ACTION_RUN);
    if (reverse(debugger))
        debugger->state = RUNNING;
}

void handle_reverse_continue(struct debugger *debugger, const char *args)
{
    (void)args;
    go_back(debugger, reverse_continue);
}

void handle_reverse_step(struct debugger *debugger, const char *args)
{
    (void)args;
    go_back(debugger, reverse_step);
}

void handle_detach(struct debugger *debugger, const char *args)
{
    (void)args;
    packets_reply_ok(debugger);
    if (debugger->state == WITHOUT_GUEST)
        debugger->state = ENDED;
    else
        debugger_let_go(debugger);
}

void handle_kill(struct debugger *debugger, const char *args)
{
    (void)args;
    vm_stop(debugger->vm, KILLED);
    debugger->vm->status = KILLED; /* also if the guest had died before */
    debugger_end(debugger);
}

void handle_vkill(struct debugger *debugger, const char *args)
{
    packets_reply_ok(debugger);
    handle_kill(debugger, args);
}
