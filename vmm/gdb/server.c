/*
 * When the guest stops, and what happens meanwhile. The thread that comes to a stop holds the
 * VMM's lock, sees that no vCPU is in the guest, and talks to gdb; the others wait for the lock.
 */
#include "gdb.h"

#include "../hypercall.h"
#include "../platform.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define KICK_NS 1000000 /* between kicks of a vCPU that does not come */

struct debugger *debugger_create(struct vm *vm, const char *where)
{
    struct debugger *debugger = calloc(1, sizeof(*debugger));

    if (!debugger || !(debugger->exits.calls = calloc(call_count, sizeof(uint64_t)))) {
        free(debugger);
        fail(STATUS_HOST, "out of memory");
        return NULL;
    }
    debugger->vm = vm;
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
    debugger_stop(debugger, &vm->vcpus[0], GDB_SIGNAL_TRAP, "");
    return debugger;
}

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
    debugger->signal = signal;
    debugger->vcpu = vcpu;
    snprintf(debugger->details, sizeof(debugger->details), "%s", details);
}

void debugger_poll(struct debugger *debugger)
{
    debugger->attention = true;
}

/* ---- Clients ---- */

/* The guest is left to itself. Whatever runs it on is not a debugger's order. */
static void let_go(struct debugger *debugger)
{
    breakpoints_remove_all(debugger);
    for (unsigned i = 0; i < debugger->vm->vcpu_count; i++)
        debugger->orders[i] = (struct order){.action = ACTION_RUN};
    debugger->exits.filter_count = 0;
    debugger->exits.stop = EXITS_PASS;
    debugger->exits.trace = false;
    debugger->past.mode = PRESENT;
    debugger->attached = false;
}

static void hang_up(struct debugger *debugger)
{
    host_hang_up(debugger->link.client);
    debugger->link.client = -1;
    debugger->link.count = 0;
    debugger->link.no_ack = false;
    let_go(debugger);
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
    debugger->attached = true;
    return true;
}

/* What has come while the guest runs: an interrupt of the user's, a client, the end of one. */
static void look_at_link(struct debugger *debugger, struct vcpu *vcpu)
{
    debugger->attention = false;
    switch (debugger->link.client < 0 ? LINK_NOTHING : link_read(&debugger->link)) {
    case LINK_INTERRUPT:
        debugger->past.mode = PRESENT;
        debugger_stop(debugger, vcpu, GDB_SIGNAL_INT, "");
        return;
    case LINK_GONE:
        if (debugger->attached)
            fprintf(stderr, "labvisor: gdb: the client is gone: the guest goes on without it\n");
        hang_up(debugger);
        break;
    case LINK_PACKET: /* only ^C may come now */
    case LINK_NOTHING:
        break;
    }
    if (accept_client(debugger))
        debugger_stop(debugger, vcpu, GDB_SIGNAL_TRAP, "");
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
        bool has_result = vcpu->exit.kind == EXIT_HYPERCALL || vcpu->exit.kind == EXIT_PIO;

        if (has_result && !vcpu->unserved && !vcpu->waiting && vcpu->started && !vcpu->in_guest &&
            debugger->seen[i])
            debugger->ops->complete(vcpu);
    }
}

/* Waits for packets, and answers, until the guest is to run. */
static void converse(struct debugger *debugger)
{
    struct link *link = &debugger->link;
    bool run = false;

    while (!run && !host_stop_signal()) {
        if (link->client < 0 && !debugger->announced) {
            fprintf(stderr,
                    "labvisor: gdb: the guest waits, stopped, for\n"
                    "  gdb -ex 'target remote %s' %s\n",
                    debugger->name, debugger->vm->image->source->name);
            debugger->announced = true;
        }
        switch (link->client < 0 ? LINK_NOTHING : link_read(link)) {
        case LINK_PACKET:
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
    uint64_t since = host_now(), times[VCPU_MAX];

    for (unsigned i = 0; i < vm->vcpu_count && debugger->ops->set_time; i++)
        times[i] = backend->time(&vm->vcpus[i]);
    converse(debugger);
    for (unsigned i = 0; i < vm->vcpu_count && debugger->ops->set_time; i++)
        debugger->ops->set_time(&vm->vcpus[i], times[i]);
    if (vm->end_ns != NEVER) {
        vm->end_ns += host_now() - since;
        host_set_end(vm->end_ns);
    }
}

/* What the vCPUs are to do now. Where their order is a part of the run that repeats, none is held:
 * others may have their turns meanwhile. */
static void give_orders(struct debugger *debugger)
{
    struct vm *vm = debugger->vm;

    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        struct vcpu *vcpu = &vm->vcpus[i];
        enum action action = debugger->orders[i].action;

        vcpu->held = action == ACTION_HOLD && !vm->backend->slices;
        vcpu->interrupts_wait = action == ACTION_STEP;
        vcpu->step = action == ACTION_STEP ||
                     (action == ACTION_RUN && debugger->stepped_watches > 0 && vcpu->started);
        if (!vcpu->held)
            vcpu_kick(vcpu);
    }
}

static void stop_here(struct debugger *debugger, struct vcpu *self)
{
    struct vm *vm = debugger->vm;

    pause_vcpus(self);
    complete_calls(debugger);
    debugger->selected = debugger->vcpu;
    if (debugger->running)
        packets_send_stop(debugger);
    debugger->running = false;
    debugger->stopping = false;
    converse_out_of_time(debugger);
    debugger->running = debugger->attached;
    if (debugger->changed && vm->timeline)
        timeline_branch(vm);
    debugger->changed = false;
    give_orders(debugger);
    vcpu_check(self); /* the alarm, for one, is for another time now */
}

/* ---- The guest's end ---- */

static bool is_worth_a_look(int status)
{
    return status == STATUS_DIED || status == STATUS_MAX_EXITS || status == STATUS_MAX_INSNS ||
           status == STATUS_TIMEOUT || status == STATUS_REPLAY;
}

/* Before a guest that has died ends, gdb may look at it, or go back; else gdb is told. */
static void end_or_look(struct debugger *debugger, struct vcpu *vcpu)
{
    const struct vm *vm = debugger->vm;
    char packet[16];

    if (debugger->ended || debugger->past.mode != PRESENT || host_stop_signal())
        return;
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

/* ---- What the run loop calls ---- */

static void look_once(struct debugger *debugger, struct vcpu *vcpu)
{
    struct vm *vm = debugger->vm;

    if (debugger->past.mode != PRESENT)
        vm->at_mark = false;
    if (vm->timeline)
        timeline_tick(vm);
    past_look(debugger);
    if (debugger->attention && !debugger->stopping && !vm->stopped)
        look_at_link(debugger, vcpu);
    if (vm->stopped)
        end_or_look(debugger, vcpu);
    while (debugger->stopping && !host_stop_signal()) {
        stop_here(debugger, vcpu);
        past_look(debugger);
        debugger->looked &= vm->stopped;
        if (vm->stopped && !debugger->stopping)
            end_or_look(debugger, vcpu);
    }
}

/* Serves the exit that the vCPU was stopped at. Returns whether there was one. */
static bool serve_late(struct debugger *debugger, struct vcpu *vcpu)
{
    if (!vcpu->unserved || vcpu->held || vcpu->vm->stopped)
        return false;
    vcpu->unserved = false;
    if (debugger->seen[vcpu->id] || debugger_exit(vcpu))
        vcpu_serve(vcpu);
    return true;
}

void debugger_look(struct vcpu *vcpu)
{
    struct debugger *debugger = vcpu->vm->debugger;

    do
        look_once(debugger, vcpu);
    while (serve_late(debugger, vcpu));
}

void debugger_entry(struct vcpu *vcpu)
{
    vcpu->insns_until = past_limit(vcpu->vm->debugger, vcpu);
    vcpu->vm->debugger->seen[vcpu->id] = false;
}

/* ---- Steps ---- */

/* The step was one into an interrupt's handler: lets that run, and comes back. */
static void begin_detour(struct debugger *debugger, struct vcpu *vcpu, uint64_t back)
{
    struct detour *detour = &debugger->detours[vcpu->id];

    *detour = (struct detour){
        .active = true,
        .end = {.type = BREAK_SOFTWARE, .address = back},
        .sp = registers_value(debugger, vcpu, "sp"),
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
        registers_value(debugger, vcpu, "sp") != detour->sp)
        return false;
    detour->active = false;
    debugger->ops->remove(vcpu, &detour->end);
    return true;
}

static void abandon_detours(struct debugger *debugger)
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
    char details[64];

    if (debugger->stepped_watches > 0)
        changed = breakpoints_changed(debugger, vcpu);
    if (changed) {
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
        abandon_detours(debugger);
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

bool debugger_exit(struct vcpu *vcpu)
{
    struct debugger *debugger = vcpu->vm->debugger;
    struct past *past = &debugger->past;
    char text[512];

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
    if (past->mode == PRESENT ? !stops_for(debugger, vcpu)
                              : past->mode == LOOKING_BACK || past->vcpu_goal != UINT64_MAX ||
                                    position_of(vcpu->vm->insn_count, true) != past->goal)
        return true;
    vcpu->unserved = true;
    if (past->mode == PRESENT)
        debugger_stop(debugger, vcpu, GDB_SIGNAL_0, "");
    exits_describe(debugger, exits_last(debugger, vcpu->id), text, sizeof(text));
    debugger_print(debugger, "%s\n", text);
    return false;
}

void debugger_served(struct vcpu *vcpu)
{
    struct debugger *debugger = vcpu->vm->debugger;
    struct exit_watch *exits = &debugger->exits;
    bool finish = exits->stop == EXITS_FINISH && exits->finish == vcpu->id;
    char text[512];

    if (!exit_is_event(vcpu) || (vcpu->waiting && vcpu->exit.kind != EXIT_HALT))
        return;
    exits_record_result(debugger, vcpu);
    if (debugger->past.mode != PRESENT || vcpu->vm->stopped)
        return;
    if (finish || exits->trace) {
        exits_describe(debugger, exits_last(debugger, vcpu->id), text, sizeof(text));
        debugger_print(debugger, "%s\n", text);
    }
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
