/* SPDX-License-Identifier: MIT */
/*
 * When the guest stops, and who runs it.
 *
 * The life of a stop:
 * 1. Request. debugger_stop() keeps the vCPU and the reason: a stop point or an exit (stops.c), ^C
 *    or the first packet of a new client (poll_link), the end of going back (reverse.c), the
 *    guest's death (handle_end).
 * 2. Pause. The hook `between`, which runs before the next VM entry, finds the request. Its thread
 *    kicks the other vCPUs out of the guest, and keeps the VM's lock until step 4: so none enters.
 * 3. Conversation. gdb gets the stop reply if it waits for one. Its packets are handled until one
 *    resumes the guest.
 * 4. Resume. Each vCPU gets its orders: to run, to step, or to stay paused.
 *
 * debugger->state changes as follows:
 *
 *    LET_GO --- a stop: a client has come --------------> WAITING_FOR_GDB
 *    WAITING_FOR_GDB --- its first packet --------------> STOPPED
 *    STOPPED --- a packet resumes the guest ------------> RUNNING
 *    RUNNING --- a stop --------------------------------> STOPPED
 *    STOPPED --- detach --------------------------------> LET_GO
 *    RUNNING --- the client vanishes -------------------> LET_GO; going back: WAITING_FOR_GDB
 *    STOPPED --- the client vanishes -------------------> WAITING_FOR_GDB
 *    any --- the guest ends, or gdb kills it -----------> ENDED; WITHOUT_GUEST if gdb has sent `!`
 *    WITHOUT_GUEST --- the client vanishes or detaches -> ENDED
 *    any but RUNNING --- gdb runs the guest again ------> RUNNING; STOPPED by packet R
 */
#include "gdb.h"

#include "core/hypercall.h"
#include "core/limits.h"
#include "core/platform.h"
#include "image/image.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define KICK_NS 1000000 /* between two kicks of a vCPU that is still in the guest */

void debugger_print(struct debugger *debugger, const char *format, ...)
{
    char text[640];
    va_list args;

    if (debugger->state != RUNNING)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    link_print(&debugger->link, text);
}

void debugger_stop(struct debugger *debugger, struct vcpu *vcpu, enum gdb_signal signal,
                   const char *details)
{
    struct stop *stop = &debugger->stop;

    *stop = (struct stop){.requested = true, .signal = signal, .vcpu = vcpu};
    snprintf(stop->details, sizeof(stop->details), "%s", details);
    debugger->vm->no_sleep = true;
}

void debugger_branch(struct debugger *debugger)
{
    if (debugger->guest_changed && debugger->timeline) {
        timeline_branch(debugger->timeline);
        exits_moved(debugger);
        reverse_forget_marks(debugger);
    }
    debugger->guest_changed = false;
}

/* ---- Clients ---- */

void debugger_let_go(struct debugger *debugger)
{
    orders_cancel(debugger);
    breakpoints_remove_all(debugger);
    for (unsigned i = 0; i < debugger->vm->vcpu_count; i++) {
        debugger->vcpus[i].order = (struct order){.action = ACTION_RUN};
        debugger->vcpus[i].stop_deferred = false;
    }
    debugger->exits.filter_count = 0;
    debugger->exits.stop = EXITS_PASS;
    debugger->exits.trace = false;
    reverse_cancel(debugger);
    orders_give(debugger);
    debugger->state = LET_GO;
}

static void wait_for_gdb(struct debugger *debugger)
{
    debugger->state = WAITING_FOR_GDB;
    if (debugger->link.client < 0)
        fprintf(stderr,
                "labvisor: gdb: the guest is stopped; to connect:\n"
                "  gdb -ex 'target extended-remote %s' %s\n",
                debugger->name, debugger->vm->image->source->name);
}

static void hang_up(struct debugger *debugger)
{
    host_hang_up(debugger->link.client);
    debugger->link.client = -1;
    debugger->link.count = 0;
    debugger->link.heard = debugger->link.no_ack = debugger->link.extended = false;
    debugger_let_go(debugger);
}

/* The client has vanished while the guest is stopped, or has ended. */
static void lose_client(struct debugger *debugger)
{
    const bool ended = debugger->state == WITHOUT_GUEST;

    if (!ended)
        fprintf(stderr, "labvisor: gdb: the client is gone\n");
    hang_up(debugger);
    if (ended)
        debugger->state = ENDED;
    else
        wait_for_gdb(debugger);
}

/* Accepts a client that has connected. A second one is disconnected. Returns whether there is a
 * new client. */
static bool accept_client(struct debugger *debugger)
{
    int client = host_accept(debugger->link.listener);

    if (client < 0)
        return false;
    if (debugger->link.client >= 0) {
        fprintf(stderr, "labvisor: gdb: a second client was disconnected: only one can debug\n");
        host_hang_up(client);
        return false;
    }
    debugger->link.client = client;
    return true;
}

/* Lets the guest run without the client that has vanished. A guest that goes back waits for the
 * next one instead: it is where no gdb has asked it to go on from. */
static void client_is_gone(struct debugger *debugger, struct vcpu *vcpu)
{
    bool back = reverse_is_active(debugger);

    if (debugger->state == RUNNING)
        fprintf(stderr, "labvisor: gdb: the client is gone: the guest %s\n",
                back ? "waits where it is" : "runs without it");
    hang_up(debugger);
    if (back)
        debugger_stop(debugger, vcpu, GDB_SIGNAL_TRAP, "");
}

/* Handles what has come while the guest runs: ^C, a new client, the end of a connection. A new
 * client stops the guest with its first packet, which may already be there. */
static void poll_link(struct debugger *debugger, struct vcpu *vcpu)
{
    struct link *link = &debugger->link;

    debugger->attention = false;
    do {
        switch (link->client < 0 ? LINK_NOTHING : link_read(link)) {
        case LINK_INTERRUPT:
            reverse_cancel(debugger);
            debugger_stop(debugger, vcpu, GDB_SIGNAL_INT, "");
            return;
        case LINK_PACKET: /* a gdb that waits for a stop reply may only send ^C */
            if (debugger->state == LET_GO) {
                link->unread = true;
                debugger_stop(debugger, vcpu, GDB_SIGNAL_TRAP, "");
            }
            return;
        case LINK_GONE:
            client_is_gone(debugger, vcpu);
            break;
        case LINK_NOTHING:
            break;
        }
    } while (accept_client(debugger));
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

/* Applies the results of handled exits, so that gdb sees them in the guest's registers. A back end
 * alone would apply them at the next VM entry. */
static void complete_exits(struct debugger *debugger)
{
    struct vm *vm = debugger->vm;

    for (unsigned i = 0; i < vm->vcpu_count && !vm->stopped; i++) {
        struct vcpu *vcpu = &vm->vcpus[i];
        bool has_result = vcpu->exit.kind == EXIT_HYPERCALL || vcpu->exit.kind == EXIT_PIO ||
                          vcpu->exit.kind == EXIT_MMIO;

        if (has_result && !vcpu->exit_pending && !vcpu->waiting && vcpu->started &&
            !vcpu->in_guest && debugger->vcpus[i].exit_recorded)
            debugger->ops->complete(vcpu);
    }
}

static bool is_conversing(const struct debugger *debugger)
{
    return debugger->state != LET_GO && debugger->state != RUNNING && debugger->state != ENDED &&
           !debugger->restart && !host_stop_signal();
}

/* Handles packets until one resumes the guest. */
static void converse(struct debugger *debugger)
{
    struct link *link = &debugger->link;

    while (is_conversing(debugger)) {
        host_input_poll(); /* the terminal may send keys that are the VMM's own */
        switch (link->client < 0 ? LINK_NOTHING : link_read(link)) {
        case LINK_PACKET:
            if (debugger->state == WAITING_FOR_GDB)
                debugger->state = STOPPED;
            packets_handle(debugger);
            break;
        case LINK_GONE:
            lose_client(debugger);
            break;
        case LINK_INTERRUPT: /* the guest is stopped already */
            break;
        case LINK_NOTHING:
            if (!accept_client(debugger))
                host_wait_for(link->listener, link->client);
        }
    }
}

/* Converses while the clocks stand still: that of --timeout, and the guest's if the back end can
 * set it. */
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

static void stop_here(struct debugger *debugger, struct vcpu *self)
{
    pause_vcpus(self);
    orders_cancel(debugger);
    complete_exits(debugger);
    debugger->selected = debugger->stop.vcpu;
    debugger->stop.requested = debugger->vm->no_sleep = false;
    if (debugger->state == RUNNING) {
        packets_send_stop(debugger);
        debugger->state = STOPPED;
    } else {
        wait_for_gdb(debugger);
    }
    converse_out_of_time(debugger);
    if (debugger->restart)
        return;
    debugger_branch(debugger);
    orders_give(debugger);
    vcpu_check(self); /* sets the alarm again, for timers whose time has moved */
}

/* ---- The guest's end ---- */

/* Returns whether the VMM has ended the guest, so that gdb can still find out why. A status alone
 * does not tell: the guest may have exited with the same one. */
static bool was_ended_by_vmm(int status)
{
    if (!*last_failure())
        return false;
    return status == STATUS_DIED || status == STATUS_MAX_EXITS || status == STATUS_MAX_INSNS ||
           status == STATUS_TIMEOUT || status == STATUS_REPLAY;
}

/* Requests the stop at the guest's end: gdb can still inspect it, and on soft go back. */
static void stop_at_end(struct debugger *debugger, struct vcpu *vcpu)
{
    const int status = debugger->vm->status;
    enum gdb_signal signal = GDB_SIGNAL_0;

    debugger->end_shown = true;
    if (was_ended_by_vmm(status)) {
        signal = status == STATUS_DIED ? GDB_SIGNAL_SEGV : GDB_SIGNAL_XCPU;
        debugger_print(debugger, "labvisor: %s\n", last_failure());
    } else {
        debugger_print(debugger,
                       "labvisor: the guest has exited with status %d%s; `continue` leaves it\n",
                       status, debugger->timeline ? "; gdb can go back from here" : "");
    }
    debugger_stop(debugger, vcpu, signal, "");
}

void debugger_end(struct debugger *debugger)
{
    debugger->state = debugger->link.extended ? WITHOUT_GUEST : ENDED;
}

/* Stops the guest once more at its end; then tells gdb its status. */
static void handle_end(struct debugger *debugger, struct vcpu *vcpu)
{
    if (debugger->state == ENDED || debugger->restart || host_stop_signal())
        return;
    reverse_cancel(debugger);
    if (debugger->state == RUNNING)
        poll_link(debugger, vcpu); /* a guest whose client has vanished ends without a stop */
    if (debugger->state == RUNNING && !debugger->end_shown) {
        stop_at_end(debugger, vcpu);
        return;
    }
    packets_send_end(debugger);
    debugger_end(debugger);
    converse_out_of_time(debugger);
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

    if (debugger->state == ENDED || debugger->restart)
        return;
    if (debugger->vcpus[vcpu->id].stop_deferred && !vcpu->paused)
        debugger_at_stop(hooks, vcpu);
    check_rewind(debugger);
    if (debugger->attention && !debugger->stop.requested && !vm->stopped)
        poll_link(debugger, vcpu);
    if (vm->stopped)
        handle_end(debugger, vcpu);
    if (debugger->pass_requested && !debugger->stop.requested) {
        pause_vcpus(vcpu);
        orders_give(debugger);
    }
    while (debugger->stop.requested && !host_stop_signal()) {
        stop_here(debugger, vcpu);
        if (debugger->restart)
            return;
        check_rewind(debugger);
        debugger->end_shown &= vm->stopped; /* false if gdb went back from the death */
        if (vm->stopped && !debugger->stop.requested)
            handle_end(debugger, vcpu);
    }
}

static void at_kick(struct hooks *hooks)
{
    debugger_of(hooks)->attention = true;
}

static void at_entry(struct hooks *hooks, struct vcpu *vcpu)
{
    struct debugged_vcpu *debugged = &debugger_of(hooks)->vcpus[vcpu->id];

    debugged->exit_recorded = false;
    debugged->at_break = false;
}

/* ---- Set-up ---- */

struct debugger *debugger_create(struct vm *vm, const char *where, struct timeline *timeline)
{
    struct debugger *debugger = calloc(1, sizeof(*debugger));

    if (!debugger || !(debugger->exits.calls = calloc(call_count, sizeof(uint64_t)))) {
        free(debugger);
        fail(STATUS_HOST, "out of memory");
        return NULL;
    }
    debugger->exits.area = (struct state_area){debugger->exits.calls,
                                               call_count * sizeof(debugger->exits.calls[0]), NULL};
    vm_add_state(vm, &debugger->exits.area);
    debugger->vm = vm;
    debugger->timeline = timeline;
    debugger->ops = vm->backend->debug;
    debugger->target = debugger->ops->target(vm);
    debugger->where = where;
    debugger->selected = &vm->vcpus[0];
    debugger->link.client = -1;
    debugger->link.listener = -1;
    if (!debugger->ops->create(vm))
        debugger->link.listener = host_listen(where, debugger->name, sizeof(debugger->name));
    if (debugger->link.listener < 0) {
        debugger_free(debugger);
        return NULL;
    }
    debugger->hooks = (struct hooks){
        .events = HOOK_ENTER | HOOK_EXIT | HOOK_HANDLED | HOOK_STOP | HOOK_BETWEEN | HOOK_KICK |
                  HOOK_WRITE,
        .enter = at_entry,
        .exited = debugger_at_exit,
        .handled = debugger_at_result,
        .stop = debugger_at_stop,
        .between = between,
        .kick = at_kick,
        .write = breakpoints_note_write,
    };
    hooks_add(vm, &debugger->hooks);
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
