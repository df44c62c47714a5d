/* The packets, and what they are answered with. */
#include "gdb.h"

#include "core/platform.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define THREAD_ALL UINT64_MAX

void packets_reply(struct debugger *debugger, const char *text)
{
    link_send(&debugger->link, text, strlen(text));
}

/* An error in words, as "E.", which gdb shows from version 16 on; older ones show it as it is. */
void packets_reply_error(struct debugger *debugger, const char *text)
{
    snprintf(debugger->reply, sizeof(debugger->reply), "E.%s", text);
    packets_reply(debugger, debugger->reply);
}

void packets_reply_ok(struct debugger *debugger)
{
    packets_reply(debugger, "OK");
}

/* A thread is a vCPU, its number one more. "-1" is all, "0" any. */
static bool take_thread(const char **at, uint64_t *thread)
{
    if (take_word(at, "-1")) {
        *thread = THREAD_ALL;
        return true;
    }
    return take_hex(at, thread);
}

static struct vcpu *vcpu_of(const struct debugger *debugger, uint64_t thread)
{
    if (thread == 0 || thread == THREAD_ALL)
        return debugger->selected;
    return thread <= debugger->vm->vcpu_count ? &debugger->vm->vcpus[thread - 1] : NULL;
}

void packets_send_stop(struct debugger *debugger)
{
    snprintf(debugger->reply, sizeof(debugger->reply), "T%02x%sthread:%x;", debugger->signal,
             debugger->details, debugger->vcpu->id + 1);
    packets_reply(debugger, debugger->reply);
}

/* ---- Registers and memory ---- */

static void serve_get_registers(struct debugger *debugger)
{
    if (!registers_read(debugger, debugger->selected)) {
        packets_reply_error(debugger, "the host does not tell the registers");
        return;
    }
    put_bytes(debugger->reply, debugger->registers, registers_size(debugger));
    packets_reply(debugger, debugger->reply);
}

static void serve_set_registers(struct debugger *debugger, const char *at)
{
    size_t size = registers_size(debugger);

    if (!registers_read(debugger, debugger->selected) ||
        !take_bytes(&at, debugger->registers, size) || *at)
        packets_reply_error(debugger, "these are not the registers");
    else if (!registers_write(debugger, debugger->selected))
        packets_reply_error(debugger, "the host does not take the registers");
    else
        packets_reply_ok(debugger);
}

/* pN and PN=VALUE */
static void serve_register(struct debugger *debugger, const char *at, bool set)
{
    size_t size, offset;
    uint64_t number;

    if (!take_hex(&at, &number) || !(size = registers_find(debugger, number, &offset)) ||
        !registers_read(debugger, debugger->selected)) {
        packets_reply_error(debugger, "there is no such register");
        return;
    }
    if (!set) {
        put_bytes(debugger->reply, debugger->registers + offset, size);
        packets_reply(debugger, debugger->reply);
    } else if (!take_char(&at, '=') || !take_bytes(&at, debugger->registers + offset, size)) {
        packets_reply_error(debugger, "this is not a value of that register");
    } else if (!registers_write(debugger, debugger->selected)) {
        packets_reply_error(debugger, "this register cannot be set, now or to that");
    } else {
        packets_reply_ok(debugger);
    }
}

static void serve_read(struct debugger *debugger, const char *at)
{
    static uint8_t bytes[PACKET_MAX / 2];
    uint64_t start, size;

    if (!take_range(&at, &start, &size)) {
        packets_reply_error(debugger, "an address and a size were expected");
        return;
    }
    size = memory_read(debugger, debugger->selected, start, bytes,
                       size < sizeof(bytes) ? size : sizeof(bytes));
    if (size == 0) {
        packets_reply(debugger, "E14"); /* EFAULT */
        return;
    }
    put_bytes(debugger->reply, bytes, size);
    packets_reply(debugger, debugger->reply);
}

/* M: two digits a byte; X: as they are. */
static void serve_write(struct debugger *debugger, const char *at, bool binary)
{
    static uint8_t bytes[PACKET_MAX / 2];
    const char *end = debugger->link.packet + debugger->link.size;
    uint64_t start, size;

    if (!take_range(&at, &start, &size) || !take_char(&at, ':')) {
        packets_reply_error(debugger, "an address, a size and bytes were expected");
        return;
    }
    if (binary ? size != (uint64_t)(end - at)
               : size > sizeof(bytes) || !take_bytes(&at, bytes, size)) {
        packets_reply_error(debugger, "there are not so many bytes");
        return;
    }
    if (memory_write(debugger, debugger->selected, start, binary ? (const uint8_t *)at : bytes,
                     size) == size)
        packets_reply_ok(debugger);
    else
        packets_reply(debugger, "E14");
}

/* ZTYPE,ADDRESS,KIND; KIND is a length for watchpoints. */
static void serve_breakpoint(struct debugger *debugger, const char *at, bool insert)
{
    struct breakpoint breakpoint;
    uint64_t type, kind;
    const char *reason;

    if (!take_hex(&at, &type) || type > WATCH_ACCESS || !take_char(&at, ',') ||
        !take_range(&at, &breakpoint.address, &kind)) {
        packets_reply(debugger, "");
        return;
    }
    breakpoint.type = (enum breakpoint_type)type;
    breakpoint.length = type >= WATCH_WRITE ? kind : 0;
    if (!insert) {
        breakpoints_remove(debugger, &breakpoint);
        packets_reply_ok(debugger);
        return;
    }
    reason = breakpoints_insert(debugger, &breakpoint);
    if (!reason) {
        packets_reply_ok(debugger);
    } else if (reason == NO_SUCH_BREAKPOINT) {
        packets_reply(debugger, "");
    } else {
        fprintf(stderr, "labvisor: gdb: no breakpoint at 0x%" PRIx64 ": %s\n", breakpoint.address,
                reason);
        packets_reply_error(debugger, reason);
    }
}

/* ---- Running ---- */

/* Whether each vCPU that is ordered to step can. */
static const char *why_not(struct debugger *debugger)
{
    for (unsigned i = 0; i < debugger->vm->vcpu_count; i++) {
        const char *reason = debugger->orders[i].action == ACTION_STEP
                                 ? debugger->ops->why_no_step(&debugger->vm->vcpus[i])
                                 : NULL;

        if (reason)
            return reason;
    }
    return NULL;
}

static bool may_run(struct debugger *debugger)
{
    const char *reason = why_not(debugger);

    if (!reason)
        return true;
    fprintf(stderr, "labvisor: gdb: %s\n", reason);
    packets_reply_error(debugger, reason);
    return false;
}

static void order_all(struct debugger *debugger, enum action action)
{
    for (unsigned i = 0; i < debugger->vm->vcpu_count; i++)
        debugger->orders[i] = (struct order){.action = action};
}

static bool take_action(const char **at, struct order *order)
{
    *order = (struct order){.action = ACTION_RUN};
    if (take_char(at, 'c'))
        return true;
    if (take_char(at, 'C') || take_char(at, 'S')) { /* with a signal, which no guest takes */
        uint64_t signal;

        order->action = (*at)[-1] == 'S' ? ACTION_STEP : ACTION_RUN;
        return take_hex(at, &signal);
    }
    order->action = ACTION_STEP;
    if (take_char(at, 's'))
        return true;
    return take_char(at, 'r') && take_hex(at, &order->start) && take_char(at, ',') &&
           take_hex(at, &order->end);
}

/* ;ACTION[:THREAD]... For each vCPU the first that names it, or all. */
static bool serve_vcont(struct debugger *debugger, const char *at)
{
    bool given[VCPU_MAX] = {false};

    order_all(debugger, ACTION_HOLD);
    while (take_char(&at, ';')) {
        uint64_t thread = THREAD_ALL;
        struct order order;

        if (!take_action(&at, &order) || (take_char(&at, ':') && !take_thread(&at, &thread)) ||
            !vcpu_of(debugger, thread)) {
            packets_reply_error(debugger, "vCont: not an action that is known here");
            return false;
        }
        for (unsigned i = 0; i < debugger->vm->vcpu_count; i++)
            if (!given[i] && (thread == THREAD_ALL || thread == 0 || thread == i + 1)) {
                debugger->orders[i] = order;
                given[i] = true;
            }
    }
    return may_run(debugger);
}

/* c, s, C and S, for a gdb without vCont: with an address to go on at. */
static bool serve_resume(struct debugger *debugger, const char *at, char kind)
{
    bool step = kind == 's' || kind == 'S';
    uint64_t address;

    if ((kind == 'C' || kind == 'S') && (!take_hex(&at, &address) || (*at && *at++ != ';'))) {
        packets_reply_error(debugger, "a signal was expected");
        return false;
    }
    if (take_hex(&at, &address)) {
        debugger->ops->set_pc(debugger->selected, address);
        debugger->changed = true;
    }
    order_all(debugger, ACTION_RUN);
    if (step)
        debugger->orders[debugger->selected->id].action = ACTION_STEP;
    return may_run(debugger);
}

static bool serve_backward(struct debugger *debugger, const char *at)
{
    bool only_exits = debugger->exits.stop == EXITS_NEXT;

    if (strcmp(at, "s") != 0 && strcmp(at, "c") != 0) {
        packets_reply(debugger, "");
        return false;
    }
    debugger_branch(debugger);
    order_all(debugger, ACTION_RUN);
    debugger->exits.stop = EXITS_PASS;
    return reverse_begin(debugger, *at == 's', only_exits);
}

static bool serve_kill(struct debugger *debugger)
{
    debugger->ended = true;
    vm_stop(debugger->vm, KILLED);
    debugger->vm->status = KILLED; /* also of one that had died */
    return true;
}

static bool serve_detach(struct debugger *debugger)
{
    packets_reply_ok(debugger);
    debugger_let_go(debugger);
    return true;
}

/* ---- All ---- */

/* Hg: whose registers and memory; Hc: who is to run, which vCont says better. */
static void serve_select(struct debugger *debugger, const char *at)
{
    bool for_registers = take_char(&at, 'g');
    struct vcpu *vcpu;
    uint64_t thread;

    if ((!for_registers && !take_char(&at, 'c')) || !take_thread(&at, &thread) ||
        !(vcpu = vcpu_of(debugger, thread))) {
        packets_reply_error(debugger, "there is no such thread");
        return;
    }
    if (for_registers)
        debugger->selected = vcpu;
    packets_reply_ok(debugger);
}

static void serve_thread_alive(struct debugger *debugger, const char *at)
{
    uint64_t thread;

    if (take_thread(&at, &thread) && vcpu_of(debugger, thread))
        packets_reply_ok(debugger);
    else
        packets_reply(debugger, "E01");
}

static bool serve_v(struct debugger *debugger, const char *at)
{
    if (strcmp(at, "Cont?") == 0)
        packets_reply(debugger, "vCont;c;C;s;S;r");
    else if (take_word(&at, "Cont"))
        return serve_vcont(debugger, at);
    else if (take_word(&at, "Kill")) {
        packets_reply_ok(debugger);
        return serve_kill(debugger);
    } else {
        packets_reply(debugger, "");
    }
    return false;
}

bool packets_serve(struct debugger *debugger)
{
    const char *at = debugger->link.packet;
    char kind = *at;

    at += kind != '\0';
    switch (kind) {
    case '?':
        packets_send_stop(debugger);
        return false;
    case 'g':
        serve_get_registers(debugger);
        return false;
    case 'G':
        serve_set_registers(debugger, at);
        return false;
    case 'p':
    case 'P':
        serve_register(debugger, at, kind == 'P');
        return false;
    case 'm':
        serve_read(debugger, at);
        return false;
    case 'M':
    case 'X':
        serve_write(debugger, at, kind == 'X');
        return false;
    case 'Z':
    case 'z':
        serve_breakpoint(debugger, at, kind == 'Z');
        return false;
    case 'H':
        serve_select(debugger, at);
        return false;
    case 'T':
        serve_thread_alive(debugger, at);
        return false;
    case 'q':
        queries_serve(debugger, at);
        return false;
    case 'Q':
        if (strcmp(at, "StartNoAckMode") == 0) {
            packets_reply_ok(debugger);
            debugger->link.no_ack = true;
        } else {
            packets_reply(debugger, "");
        }
        return false;
    case 'c':
    case 's':
    case 'C':
    case 'S':
        return serve_resume(debugger, at, kind);
    case 'b':
        return serve_backward(debugger, at);
    case 'v':
        return serve_v(debugger, at);
    case 'D':
        return serve_detach(debugger);
    case 'k':
        return serve_kill(debugger);
    default:
        packets_reply(debugger, "");
        return false;
    }
}
