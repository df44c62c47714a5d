/* SPDX-License-Identifier: MIT */
/* The table of packets; and those about registers, memory and breakpoints. */
#include "gdb.h"

#include <inttypes.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void packets_reply(struct debugger *debugger, const char *text)
{
    link_send(&debugger->link, text, strlen(text));
}

void packets_reply_error(struct debugger *debugger, const char *text)
{
    snprintf(debugger->reply, sizeof(debugger->reply), "E.%s", text);
    packets_reply(debugger, debugger->reply);
}

void packets_reply_ok(struct debugger *debugger)
{
    packets_reply(debugger, "OK");
}

void packets_send_stop(struct debugger *debugger)
{
    const struct stop *stop = &debugger->stop;
    /* Without a reason, LLDB does not stop at a signal 0. gdb ignores the reason: "VM exit or
     * mark". */
    const char *reason = stop->signal == GDB_SIGNAL_0
                             ? "reason:exception;description:564d2065786974206f72206d61726b;"
                             : "";

    snprintf(debugger->reply, sizeof(debugger->reply), "T%02x%s%sthread:%x;", stop->signal,
             stop->details, reason, stop->vcpu->id + 1);
    packets_reply(debugger, debugger->reply);
}

void packets_send_end(struct debugger *debugger)
{
    snprintf(debugger->reply, sizeof(debugger->reply), "W%02x", debugger->vm->status & 0xff);
    packets_reply(debugger, debugger->reply);
}

bool take_thread(const char **at, uint64_t *thread)
{
    if (take_word(at, "-1")) {
        *thread = THREAD_ALL;
        return true;
    }
    return take_hex(at, thread);
}

struct vcpu *vcpu_of_thread(const struct debugger *debugger, uint64_t thread)
{
    if (thread == 0 || thread == THREAD_ALL)
        return debugger->selected;
    return thread <= debugger->vm->vcpu_count ? &debugger->vm->vcpus[thread - 1] : NULL;
}

/* ---- Registers ---- */

static void handle_read_registers(struct debugger *debugger, const char *args)
{
    (void)args;
    if (!registers_read(debugger, debugger->selected)) {
        packets_reply_error(debugger, "cannot read the registers");
        return;
    }
    put_bytes(debugger->reply, debugger->registers, registers_size(debugger));
    packets_reply(debugger, debugger->reply);
}

static void write_registers(struct debugger *debugger)
{
    const char *reason = registers_write(debugger, debugger->selected);

    if (reason)
        packets_reply_error(debugger, reason);
    else
        packets_reply_ok(debugger);
}

static void handle_write_registers(struct debugger *debugger, const char *args)
{
    size_t size = registers_size(debugger);

    if (!registers_read(debugger, debugger->selected) ||
        !take_bytes(&args, debugger->registers, size) || *args)
        packets_reply_error(debugger, "these bytes do not fit the registers");
    else
        write_registers(debugger);
}

/* Reads a register's number and all registers. Returns the register's size, or 0 after an error
 * reply. */
static size_t take_register(struct debugger *debugger, const char **at, size_t *offset)
{
    uint64_t number;
    size_t size = take_hex(at, &number) ? registers_find(debugger, number, offset) : 0;

    if (size > 0 && registers_read(debugger, debugger->selected))
        return size;
    packets_reply_error(debugger, "no such register");
    return 0;
}

static void handle_read_register(struct debugger *debugger, const char *args)
{
    size_t offset, size = take_register(debugger, &args, &offset);

    if (size == 0)
        return;
    put_bytes(debugger->reply, debugger->registers + offset, size);
    packets_reply(debugger, debugger->reply);
}

static void handle_write_register(struct debugger *debugger, const char *args)
{
    size_t offset, size = take_register(debugger, &args, &offset);

    if (size == 0)
        return;
    if (!take_char(&args, '=') || !take_bytes(&args, debugger->registers + offset, size))
        packets_reply_error(debugger, "the value does not fit the register");
    else
        write_registers(debugger);
}

/* ---- Memory ---- */

static void handle_read_memory(struct debugger *debugger, const char *args)
{
    static uint8_t bytes[PACKET_MAX / 2];
    uint64_t start, size;

    if (!take_range(&args, &start, &size)) {
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

/* Reads "START,SIZE:". Returns false after an error reply. */
static bool take_destination(struct debugger *debugger, const char **at, uint64_t *start,
                             uint64_t *size)
{
    if (take_range(at, start, size) && take_char(at, ':'))
        return true;
    packets_reply_error(debugger, "an address, a size and bytes were expected");
    return false;
}

static void write_memory(struct debugger *debugger, uint64_t start, const uint8_t *bytes,
                         uint64_t size)
{
    if (memory_write(debugger, debugger->selected, start, bytes, size) == size)
        packets_reply_ok(debugger);
    else
        packets_reply(debugger, "E14"); /* EFAULT */
}

static void handle_write_hex(struct debugger *debugger, const char *args)
{
    static uint8_t bytes[PACKET_MAX / 2];
    uint64_t start, size;

    if (!take_destination(debugger, &args, &start, &size))
        return;
    if (size > sizeof(bytes) || !take_bytes(&args, bytes, size))
        packets_reply_error(debugger, "the size does not match the bytes");
    else
        write_memory(debugger, start, bytes, size);
}

static void handle_write_binary(struct debugger *debugger, const char *args)
{
    const char *end = debugger->link.packet + debugger->link.size;
    uint64_t start, size;

    if (!take_destination(debugger, &args, &start, &size))
        return;
    if (size != (uint64_t)(end - args))
        packets_reply_error(debugger, "the size does not match the bytes");
    else
        write_memory(debugger, start, (const uint8_t *)args, size);
}

/* ---- Breakpoints ---- */

/* Reads "TYPE,ADDRESS,KIND"; KIND is the length of a watchpoint. Returns false after the empty
 * reply, which tells gdb that there is no such type. */
static bool take_breakpoint(struct debugger *debugger, const char **at,
                            struct breakpoint *breakpoint)
{
    uint64_t type, kind;

    if (!take_hex(at, &type) || type > WATCH_ACCESS || !take_char(at, ',') ||
        !take_range(at, &breakpoint->address, &kind)) {
        packets_reply(debugger, "");
        return false;
    }
    breakpoint->type = (enum breakpoint_type)type;
    breakpoint->length = type >= WATCH_WRITE ? kind : 0;
    return true;
}

static void handle_insert(struct debugger *debugger, const char *args)
{
    struct breakpoint breakpoint;
    struct conditions conditions;
    const char *reason;

    if (!take_breakpoint(debugger, &args, &breakpoint))
        return;
    if (!conditions_take(&args, &conditions))
        conditions.size = 0; /* then gdb evaluates them */
    reason = breakpoints_insert(debugger, &breakpoint, &conditions);
    if (!reason) {
        packets_reply_ok(debugger);
    } else if (reason == NO_SUCH_BREAKPOINT) {
        packets_reply(debugger, "");
    } else {
        fprintf(stderr, "labvisor: gdb: cannot insert a breakpoint at 0x%" PRIx64 ": %s\n",
                breakpoint.address, reason);
        packets_reply_error(debugger, reason);
    }
}

static void handle_remove(struct debugger *debugger, const char *args)
{
    struct breakpoint breakpoint;

    if (!take_breakpoint(debugger, &args, &breakpoint))
        return;
    breakpoints_remove(debugger, &breakpoint);
    packets_reply_ok(debugger);
}

/* ---- Threads, and the stub itself ---- */

/* Selects a vCPU: g, for registers and memory; c, for resuming, which vCont replaces. */
static void handle_select(struct debugger *debugger, const char *args)
{
    bool for_registers = take_char(&args, 'g');
    struct vcpu *vcpu;
    uint64_t thread;

    if ((!for_registers && !take_char(&args, 'c')) || !take_thread(&args, &thread) ||
        !(vcpu = vcpu_of_thread(debugger, thread))) {
        packets_reply_error(debugger, "no such thread");
        return;
    }
    if (for_registers)
        debugger->selected = vcpu;
    packets_reply_ok(debugger);
}

static void handle_is_alive(struct debugger *debugger, const char *args)
{
    uint64_t thread;

    if (take_thread(&args, &thread) && vcpu_of_thread(debugger, thread))
        packets_reply_ok(debugger);
    else
        packets_reply(debugger, "E01");
}

static void handle_stop_reason(struct debugger *debugger, const char *args)
{
    (void)args;
    if (debugger->state == WITHOUT_GUEST)
        packets_send_end(debugger);
    else
        packets_send_stop(debugger);
}

static void handle_extended(struct debugger *debugger, const char *args)
{
    (void)args;
    debugger->link.extended = true;
    packets_reply_ok(debugger);
}

static void handle_no_ack(struct debugger *debugger, const char *args)
{
    (void)args;
    packets_reply_ok(debugger);
    debugger->link.no_ack = true;
}

static void handle_vcont_actions(struct debugger *debugger, const char *args)
{
    (void)args;
    packets_reply(debugger, "vCont;c;C;s;S;r");
}

/* ---- All ---- */

static const struct row packets[] = {
    {"?", handle_stop_reason, NULL, NULL},
    {"g", handle_read_registers, NULL, NULL},
    {"G", handle_write_registers, "BYTES", NULL},
    {"p", handle_read_register, "NUMBER", NULL},
    {"P", handle_write_register, "NUMBER=BYTES", NULL},
    {"m", handle_read_memory, "ADDRESS,SIZE", NULL},
    {"M", handle_write_hex, "ADDRESS,SIZE:BYTES", NULL},
    {"X", handle_write_binary, "ADDRESS,SIZE:BYTES", NULL},
    {"Z", handle_insert, "TYPE,ADDRESS,KIND", NULL},
    {"z", handle_remove, "TYPE,ADDRESS,KIND", NULL},
    {"H", handle_select, "OPERATION THREAD", NULL},
    {"T", handle_is_alive, "THREAD", NULL},
    {"vCont?", handle_vcont_actions, NULL, NULL},
    {"vCont", handle_vcont, ";ACTION[:THREAD]...", NULL},
    {"c", handle_continue, "[ADDRESS]", NULL},
    {"C", handle_continue_signal, "SIGNAL[;ADDRESS]", NULL},
    {"s", handle_step, "[ADDRESS]", NULL},
    {"S", handle_step_signal, "SIGNAL[;ADDRESS]", NULL},
    {"bc", handle_reverse_continue, NULL, NULL},
    {"bs", handle_reverse_step, NULL, NULL},
    {"D", handle_detach, "[;PROCESS]", NULL},
    {"k", handle_kill, "", NULL},
    {"vKill", handle_vkill, ";PROCESS", NULL},
    {"vRun", handle_vrun, ";[FILE][;ARGUMENT]...", NULL},
    {"R", handle_restart, "NUMBER", NULL},
    {"!", handle_extended, NULL, NULL},
    {"QStartNoAckMode", handle_no_ack, NULL, NULL},
    {"qSupported", handle_supported, "[:FEATURES]", NULL},
    {"qXfer:features:read:target.xml:", handle_target, "OFFSET,SIZE", NULL},
    {"qXfer:memory-map:read::", handle_memory_map, "OFFSET,SIZE", NULL},
    {"qXfer:threads:read::", handle_threads, "OFFSET,SIZE", NULL},
    {"qHostInfo", handle_host_info, NULL, NULL},
    {"qProcessInfo", handle_process_info, NULL, NULL},
    {"qMemoryRegionInfo:", handle_memory_region, "ADDRESS", NULL},
    {"qfThreadInfo", handle_thread_list, NULL, NULL},
    {"qsThreadInfo", handle_thread_list_end, NULL, NULL},
    {"qAttached", handle_attached, "[:PROCESS]", NULL},
    {"qC", handle_current_thread, NULL, NULL},
    {"qRcmd,", handle_monitor, "COMMAND", NULL},
};

const struct row *row_find(const struct row *rows, size_t count, const char *text, char separator,
                           const char **args)
{
    for (const struct row *row = rows; row < rows + count; row++) {
        *args = text;
        if (take_word(args, row->name) &&
            (!**args || (row->args && (!separator || **args == separator))))
            return row;
    }
    return NULL;
}

void packets_handle(struct debugger *debugger)
{
    const char *args;
    const struct row *row = row_find(packets, COUNT(packets), debugger->link.packet, '\0', &args);

    if (row)
        row->handle(debugger, args);
    else
        packets_reply(debugger, ""); /* gdb then knows that the stub lacks this packet */
}
