/* SPDX-License-Identifier: MIT */
/*
 * Registers for gdb: the back end's, and after them a set of our own, org.labvisor.exit, which
 * shows the vCPU's last exit.
 */
#include "gdb.h"

#include "watch/watch.h"

#include <string.h>

#define NO_EXIT 255 /* $exit_reason before the first exit */

enum exit_state { EXIT_STATE_NONE, EXIT_STATE_PENDING, EXIT_STATE_HANDLED };

/* Their values, as a packet has them. */
struct exit_registers {
    uint32_t reason, state;
    uint64_t eid, fid, args[HYPERCALL_ARGS], error, value, count;
} __attribute__((packed));

static const struct debug_register exit_list[] = {
    {"exit_reason", "exit_kind", 4}, {"exit_state", "exit_state", 4}, {"exit_eid", "uint64", 8},
    {"exit_fid", "uint64", 8},       {"exit_a0", "uint64", 8},        {"exit_a1", "uint64", 8},
    {"exit_a2", "uint64", 8},        {"exit_a3", "uint64", 8},        {"exit_a4", "uint64", 8},
    {"exit_error", "int64", 8},      {"exit_value", "int64", 8},      {"exit_count", "uint64", 8},
};

#define EVALUE(name, number)                   "<evalue name=\"" name "\" value=\"" #number "\"/>"
#define EXIT_KIND(kind, number, name, meaning) EVALUE(name, number)

static const char exit_types[] = "<enum id=\"exit_kind\" size=\"4\">"
#include "exits.def"
    EVALUE("none", 255) "</enum>"
                        "<enum id=\"exit_state\" size=\"4\">" EVALUE("none", 0) EVALUE("pending", 1)
                            EVALUE("handled", 2) "</enum>";

static const struct register_set exit_set = {"org.labvisor.exit", exit_types, exit_list,
                                             sizeof(exit_list) / sizeof(exit_list[0])};

/* Returns a register set: those of the back end, then exit_set, then NULL. Registers are numbered
 * in this order. */
static const struct register_set *set_at(const struct debugger *debugger, unsigned index)
{
    unsigned i = 0;

    while (i < index && debugger->target->sets[i])
        i++;
    if (debugger->target->sets[i])
        return debugger->target->sets[i];
    return i == index ? &exit_set : NULL;
}

static size_t set_size(const struct register_set *set)
{
    size_t size = 0;

    for (size_t i = 0; i < set->count; i++)
        size += set->registers[i].size;
    return size;
}

static size_t machine_size(const struct debugger *debugger)
{
    size_t size = 0;

    for (unsigned i = 0; debugger->target->sets[i]; i++)
        size += set_size(debugger->target->sets[i]);
    return size;
}

size_t registers_size(const struct debugger *debugger)
{
    return machine_size(debugger) + sizeof(struct exit_registers);
}

/* Writes the attributes of a register that LLDB reads and gdb ignores. */
static void describe_for_lldb(const struct target *target, const char *name, unsigned index,
                              FILE *out)
{
    const struct {
        const char *name, *role;
    } roles[] = {{target->pc, "pc"}, {target->sp, "sp"}, {target->fp, "fp"}, {target->ra, "ra"}};
    int dwarf = target->dwarf(index);

    for (unsigned i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (roles[i].name && strcmp(roles[i].name, name) == 0)
            fprintf(out, " generic=\"%s\"", roles[i].role);
    if (dwarf >= 0)
        fprintf(out, " dwarf_regnum=\"%d\" ehframe_regnum=\"%d\"", dwarf, dwarf);
}

void registers_describe(const struct debugger *debugger, FILE *out)
{
    const struct register_set *set;
    unsigned index = 0;

    fprintf(out,
            "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target version="
            "\"1.0\"><architecture>%s</architecture><osabi>none</osabi>",
            debugger->target->architecture);
    for (unsigned i = 0; (set = set_at(debugger, i)); i++) {
        fprintf(out, "<feature name=\"%s\">%s", set->feature, set->types);
        for (size_t j = 0; j < set->count; j++, index++) {
            fprintf(out, "<reg name=\"%s\" bitsize=\"%u\" type=\"%s\"", set->registers[j].name,
                    set->registers[j].size * 8u, set->registers[j].type);
            describe_for_lldb(debugger->target, set->registers[j].name, index, out);
            fprintf(out, "/>");
        }
        fprintf(out, "</feature>");
    }
    fprintf(out, "</target>");
}

static struct exit_registers exit_values(const struct debugger *debugger, const struct vcpu *vcpu)
{
    const struct exit_record *last = exits_last(debugger, vcpu->id);
    struct exit_registers r = {.reason = NO_EXIT};

    if (!last)
        return r;
    r.reason = last->exit.kind;
    r.state = last->handled ? EXIT_STATE_HANDLED : EXIT_STATE_PENDING;
    r.count = last->number;
    if (last->exit.kind == EXIT_PIO || last->exit.kind == EXIT_MMIO) {
        r.args[0] = last->exit.access.address;
        r.args[1] = last->exit.access.value;
        r.args[2] = last->exit.access.size;
        r.args[3] = last->exit.access.write;
    }
    if (last->exit.kind != EXIT_HYPERCALL)
        return r;
    r.eid = last->exit.hypercall.eid;
    r.fid = last->exit.hypercall.fid;
    memcpy(r.args, last->exit.hypercall.args, sizeof(r.args));
    if (last->handled) {
        r.error = (uint64_t)last->exit.hypercall.ret.error;
        r.value = (uint64_t)last->exit.hypercall.ret.value;
    }
    return r;
}

bool registers_read(struct debugger *debugger, struct vcpu *vcpu)
{
    struct exit_registers exit = exit_values(debugger, vcpu);

    if (!debugger->ops->get_registers(vcpu, debugger->registers))
        return false;
    memcpy(debugger->registers + machine_size(debugger), &exit, sizeof(exit));
    return true;
}

/* Returns a register of at most 8 bytes among the bytes of all; 0 if there is no such register. */
static uint64_t value_in(const struct debugger *debugger, const uint8_t *bytes, const char *name)
{
    const struct register_set *set;
    uint64_t value = 0;

    for (unsigned i = 0; (set = set_at(debugger, i)); i++)
        for (size_t j = 0; j < set->count; bytes += set->registers[j++].size)
            if (strcmp(set->registers[j].name, name) == 0 && set->registers[j].size <= 8) {
                memcpy(&value, bytes, set->registers[j].size);
                return value;
            }
    return 0;
}

/* Returns whether new registers would make a vCPU go on elsewhere: another pc or stack. */
static bool goes_elsewhere(const struct debugger *debugger, struct vcpu *vcpu)
{
    const struct target *target = debugger->target;
    uint8_t now[sizeof(debugger->registers)];

    return !debugger->ops->get_registers(vcpu, now) ||
           value_in(debugger, now, target->pc) !=
               value_in(debugger, debugger->registers, target->pc) ||
           value_in(debugger, now, target->sp) !=
               value_in(debugger, debugger->registers, target->sp);
}

/* Changes the pending exit. Returns NULL, or why it cannot be changed. */
static const char *change_exit(struct debugger *debugger, struct vcpu *vcpu,
                               const struct exit_registers *exit, const struct exit_registers *old)
{
    struct hypercall *call = &vcpu->exit.hypercall;

    /* The VMM has not read a pending call yet: it can still be changed. */
    if (!vcpu->exit_pending || vcpu->exit.kind != EXIT_HYPERCALL)
        return "only a hypercall that is pending can be changed: vmexit-step goes to the next one";
    if (exit->error != old->error || exit->value != old->value)
        return "the call has no result yet: use vmexit-finish, then set the guest's registers";
    if (exit->reason != old->reason || exit->state != old->state || exit->count != old->count)
        return "of a pending hypercall, exit_eid, exit_fid and exit_a0 to exit_a4 can be set";
    call->eid = exit->eid;
    call->fid = exit->fid;
    memcpy(call->args, exit->args, sizeof(call->args));
    exits_record(debugger, vcpu);
    debugger->guest_changed = true;
    return NULL;
}

const char *registers_write(struct debugger *debugger, struct vcpu *vcpu)
{
    struct exit_registers exit, old = exit_values(debugger, vcpu);

    memcpy(&exit, debugger->registers + machine_size(debugger), sizeof(exit));
    if (memcmp(&exit, &old, sizeof(exit)) != 0)
        return change_exit(debugger, vcpu, &exit, &old);
    /* The result of an exit belongs to the instruction that made it. */
    if ((vcpu->exit_pending || vcpu->waiting) && goes_elsewhere(debugger, vcpu))
        return "pc and sp stay while an exit is pending: vmexit-finish ends that";
    debugger->guest_changed = true;
    return debugger->ops->set_registers(vcpu, debugger->registers)
               ? NULL
               : "the back end cannot set this register, or not to this value";
}

size_t registers_find(const struct debugger *debugger, uint64_t number, size_t *offset)
{
    const struct register_set *set;

    *offset = 0;
    for (unsigned i = 0; (set = set_at(debugger, i)); i++) {
        for (size_t j = 0; j < set->count; j++, number--) {
            if (number == 0)
                return set->registers[j].size;
            *offset += set->registers[j].size;
        }
    }
    return 0;
}

uint64_t registers_value(struct debugger *debugger, struct vcpu *vcpu, const char *name)
{
    return registers_read(debugger, vcpu) ? value_in(debugger, debugger->registers, name) : 0;
}
