/*
 * When the guest stops, and what happens meanwhile. The thread that comes to a stop holds the
 * VMM's lock, sees that no vCPU is in the guest, and talks to gdb; the others wait for the lock.
 */
#include "gdb.h"

#include "core/hypercall.h"
#include "core/limits.h"
#include "core/platform.h"
#include "image/image.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define KICK_NS 1000000 /* between kicks of a vCPU that does not come */

void debugger_free(struct debugger *debugger)
{
    if (!debugger)
        return;
    if (debugger->link.client >= 0)
        host_hang_up(debugger->link.client);
    if (debugger->link.listener >= 0)
        host_unlisten(debugger->link.listener, debugger->where);
    free(debugger->exits.calls);
    free(debugger);
}

void debugger_print(struct debugger *debugger, const char *format, ...)
{
    char text[640];
    va_list args;

    if (!debugger->running || !debugger->attached)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    link_print(&debugger->link, text);
}

void debugger_stop(struct debugger *debugger, struct vcpu *vcpu, enum gdb_signal signal,
                   const char *details)
{
    debugger->stopping = true;
    debugger->vm->no_sleep = true;
    debugger->signal = signal;
    debugger->vcpu = vcpu;
    snprintf(debugger->details, sizeof(debugger->details), "%s", details);
}

/* ---- Clients ---- */

/* The guest is left to itself. Whatever runs it on is not a debugger's order. */
void debugger_let_go(struct debugger *debugger)
{
    breakpoints_remove_all(debugger);
    for (unsigned i = 0; i < debugger->vm->vcpu_count; i++)
        debugger->orders[i] = (struct order){.action = ACTION_RUN};
    debugger->exits.filter_count = 0;
    debugger->exits.stop = EXITS_PASS;
    debugger->exits.trace = false;
    reverse_cancel(debugger);
    debugger->attached = false;
}

static void hang_up(struct debugger *debugger)
{
    host_hang_up(debugger->link.client);
    debugger->link.client = -1;
    debugger->link.count = 0;
    debugger->link.no_ack = false;
    debugger->running = false;
    debugger_let_go(debugger);
}

/* A client that has come while there is one is told so by being left. */
static bool accept_client(struct debugger *debugger)
{
    int client = host_accept(debugger->link.listener);

    if (client < 0)
        return false;
    if (debugger->link.client >= 0) {
        fprintf(stderr, "labvisor: gdb: a second client was turned away: one is there\n");
        host_hang_up(client);
        return false;
    }
    debugger->link.client = client;
    return true;
}

/* What has come while the guest runs: an interrupt of the user's, a client, the end of one. */
/* NOLINTNEXTLINE(misc-no-recursion): once for a client that has come */
static void look_at_link(struct debugger *debugger, struct vcpu *vcpu)
{
    debugger->attention = false;
    switch (debugger->link.client < 0 ? LINK_NOTHING : link_read(&debugger->link)) {
    case LINK_INTERRUPT:
        reverse_cancel(debugger);
        debugger_stop(debugger, vcpu, GDB_SIGNAL_INT, "");
        return;
    case LINK_GONE:
        if (debugger->attached)
            fprintf(stderr, "labvisor: gdb: the client is gone: the guest goes on without it\n");
        hang_up(debugger);
        break;
    case LINK_PACKET: /* the first of a client that has come; of another only ^C may come now */
        if (!debugger->attached) {
            debugger->link.again = true;
            debugger_stop(debugger, vcpu, GDB_SIGNAL_TRAP, "");
        }
        return;
    case LINK_NOTHING:
        break;
    }
    /* Who has come has the guest stopped by saying something: that may be there already. */
    if (accept_client(debugger))
        look_at_link(debugger, vcpu);
}

/* ---- A stop ---- */

/* Waits until no other vCPU is in the guest. */
static void pause_vcpus(const struct vcpu *self)
{
    const struct vm *vm = self->vm;

    for (unsigned i = 0; vm->parallel && i < vm->vcpu_count; i++) {
        const struct vcpu *vcpu = &vm->vcpus[i];

        for (uint64_t next = 0; vcpu != self && vcpu->in_guest;)
            if (host_now() >= next) {
                vcpu_kick(vcpu);
                next = host_now() + KICK_NS;
            }
    }
}

/* The guest sees a call's result when gdb looks, not only when it runs again. */
static void complete_calls(struct debugger *debugger)
{
    struct vm *vm = debugger->vm;

    for (unsigned i = 0; i < vm->vcpu_count && !vm->stopped; i++) {
        struct vcpu *vcpu = &vm->vcpus[i];
        bool has_result = vcpu->exit.kind == EXIT_HYPERCALL || vcpu->exit.kind == EXIT_PIO ||
                          vcpu->exit.kind == EXIT_MMIO;

        if (has_result && !vcpu->exit_pending && !vcpu->waiting && vcpu->started &&
            !vcpu->in_guest && debugger->seen[i])
            debugger->ops->complete(vcpu);
    }
}

/* Waits for packets, and answers, until the guest is to run. */
static void converse(struct debugger *debugger)
{
    struct link *link = &debugger->link;
    bool run = false;

    while (!run && !host_stop_signal()) {
        host_input_poll(); /* keys of the VMM's own, in its terminal */
        if (link->client < 0 && !debugger->announced) {
            fprintf(stderr,
                    "labvisor: gdb: the guest waits, stopped, for\n"
                    "  gdb -ex 'target remote %s' %s\n",
                    debugger->name, debugger->vm->image->source->name);
            debugger->announced = true;
        }
        switch (link->client < 0 ? LINK_NOTHING : link_read(link)) {
        case LINK_PACKET:
            debugger->attached = true;
            run = packets_serve(debugger);
            break;
        case LINK_GONE:
            fprintf(stderr, "labvisor: gdb: the client is gone\n");
            hang_up(debugger);
            debugger->announced = false;
            break;
        case LINK_INTERRUPT: /* it is stopped already */
            break;
        case LINK_NOTHING: /* a client that has gone is noticed before another one has come */
            if (accept_client(debugger))
                debugger->running = false;
            else
                host_wait_for(link->listener, link->client);
        }
    }
}

/* Time does not pass while the guest is stopped: not for --timeout, nor, where the clock can be
 * set, for the guest. */
static void converse_out_of_time(struct debugger *debugger)
{
    struct vm *vm = debugger->vm;
    const struct backend *backend = vm->backend;
    uint64_t times[VCPU_MAX] = {0};

    for (unsigned i = 0; i < vm->vcpu_count && debugger->ops->set_time; i++)
        times[i] = backend->time(&vm->vcpus[i]);
    limits_stop_clock(vm);
    converse(debugger);
    if (!reverse_is_active(debugger))
        limits_start_clock(vm);
    for (unsigned i = 0; i < vm->vcpu_count && debugger->ops->set_time; i++)
        debugger->ops->set_time(&vm->vcpus[i], times[i]);
}

/* What the vCPUs are to do now. Where their order is a part of the run that repeats, none is held:
 * others may have their turns meanwhile. */
static void give_orders(struct debugger *debugger)
{
    struct vm *vm = debugger->vm;

    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        struct vcpu *vcpu = &vm->vcpus[i];
        enum action action = debugger->orders[i].action;

        vcpu->paused = action == ACTION_HOLD && !vm->backend->slices;
        vcpu->orders.hold_interrupts = action == ACTION_STEP;
        vcpu->orders.step =
            action == ACTION_STEP ||
            (action == ACTION_RUN && debugger->stepped_watches > 0 && vcpu->started);
        if (!vcpu->paused)
            vcpu_kick(vcpu);
    }
}

/* What gdb has changed makes another run of it. */
void debugger_branch(struct debugger *debugger)
{
    if (debugger->changed && debugger->timeline)
        timeline_branch(debugger->timeline);
    debugger->changed = false;
}

static void stop_here(struct debugger *debugger, struct vcpu *self)
{
    pause_vcpus(self);
    debugger_abandon_detours(debugger);
    complete_calls(debugger);
    debugger->selected = debugger->vcpu;
    if (debugger->running)
        packets_send_stop(debugger);
    debugger->running = false;
    debugger->stopping = debugger->vm->no_sleep = false;
    converse_out_of_time(debugger);
    debugger->running = debugger->attached;
    debugger_branch(debugger);
    give_orders(debugger);
    vcpu_check(self); /* the alarm, for one, is for another time now */
}

/* ---- The guest's end ---- */

/* A guest may have chosen such a status itself. */
static bool is_worth_a_look(int status)
{
    if (!*last_failure())
        return false;
    return status == STATUS_DIED || status == STATUS_MAX_EXITS || status == STATUS_MAX_INSNS ||
           status == STATUS_TIMEOUT || status == STATUS_REPLAY;
}

/* Before a guest that has died ends, gdb may look at it, or go back; else gdb is told. */
static void end_or_look(struct debugger *debugger, struct vcpu *vcpu)
{
    const struct vm *vm = debugger->vm;
    char packet[16];

    if (debugger->ended || host_stop_signal())
        return;
    reverse_cancel(debugger);
    if (is_worth_a_look(vm->status) && debugger->attached && !debugger->looked) {
        debugger->looked = true;
        debugger_print(debugger, "labvisor: %s\n", last_failure());
        debugger_stop(debugger, vcpu, vm->status == STATUS_DIED ? GDB_SIGNAL_SEGV : GDB_SIGNAL_XCPU,
                      "");
        return;
    }
    debugger->ended = true;
    snprintf(packet, sizeof(packet), "W%02x", vm->status & 0xff);
    link_send(&debugger->link, packet, strlen(packet));
}

/* ---- The hooks of the run loop ---- */

static void check_rewind(struct debugger *debugger)
{
    if (debugger->timeline)
        rewind_check(debugger->timeline);
}

static void between(struct hooks *hooks, struct vcpu *vcpu)
{
    struct debugger *debugger = debugger_of(hooks);
    struct vm *vm = debugger->vm;

    if (debugger->late[vcpu->id] && !vcpu->paused)
        debugger_at_stop(hooks, vcpu);
    check_rewind(debugger);
    if (debugger->attention && !debugger->stopping && !vm->stopped)
        look_at_link(debugger, vcpu);
    if (vm->stopped)
        end_or_look(debugger, vcpu);
    while (debugger->stopping && !host_stop_signal()) {
        stop_here(debugger, vcpu);
        check_rewind(debugger);
        debugger->looked &= vm->stopped;
        if (vm->stopped && !debugger->stopping)
            end_or_look(debugger, vcpu);
    }
}

static void at_kick(struct hooks *hooks)
{
    debugger_of(hooks)->attention = true; /* it may have come from gdb */
}

static void at_entry(struct hooks *hooks, struct vcpu *vcpu)
{
    debugger_of(hooks)->seen[vcpu->id] = false;
}

struct debugger *debugger_create(struct vm *vm, const char *where, struct timeline *timeline)
{
    struct debugger *debugger = calloc(1, sizeof(*debugger));

    if (!debugger || !(debugger->exits.calls = calloc(call_count, sizeof(uint64_t)))) {
        free(debugger);
        fail(STATUS_HOST, "out of memory");
        return NULL;
    }
    debugger->vm = vm;
    debugger->timeline = timeline;
    debugger->ops = vm->backend->debug;
    debugger->target = debugger->ops->target(vm);
    debugger->where = where;
    debugger->selected = &vm->vcpus[0];
    debugger->link.client = -1;
    debugger->link.listener = -1;
    if (debugger->ops->create(vm)) {
        debugger_free(debugger);
        return NULL;
    }
    debugger->link.listener = host_listen(where, debugger->name, sizeof(debugger->name));
    if (debugger->link.listener < 0) {
        debugger_free(debugger);
        return NULL;
    }
    debugger->hooks = (struct hooks){
        .events = HOOK_ENTER | HOOK_EXIT | HOOK_HANDLED | HOOK_STOP | HOOK_BETWEEN | HOOK_KICK,
        .enter = at_entry,
        .exited = debugger_at_exit,
        .handled = debugger_at_result,
        .stop = debugger_at_stop,
        .between = between,
        .kick = at_kick,
    };
    hooks_add(vm, &debugger->hooks);
    debugger_stop(debugger, &vm->vcpus[0], GDB_SIGNAL_TRAP, "");
    return debugger;
}
