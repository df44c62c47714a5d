/* SPDX-License-Identifier: MIT */
/* Keeps the log of VM exits, and matches them with the filters that stop the guest. */
#include "gdb.h"

#include "core/hypercall.h"
#include "image/explain.h"
#include "watch/watch.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static struct exit_record *record_of(struct debugger *debugger, uint64_t number)
{
    return &debugger->exits.log[number % EXIT_LOG];
}

void exits_record(struct debugger *debugger, struct vcpu *vcpu)
{
    struct exit_record *record = record_of(debugger, vcpu->exit_number);

    if (vcpu->exit.kind == EXIT_HYPERCALL)
        vcpu->exit.hypercall.call =
            hypercall_find(vcpu->exit.hypercall.eid, vcpu->exit.hypercall.fid);
    if (record->number == vcpu->exit_number) { /* made again: the result stays, for a jump */
        record->handled = false;
        return;
    }
    *record = (struct exit_record){
        .number = vcpu->exit_number,
        .vcpu = vcpu->id,
        .pc = vcpu_exit_pc(vcpu),
        .exit = vcpu->exit,
    };
}

bool exits_record_result(struct debugger *debugger, const struct vcpu *vcpu)
{
    struct exit_record *record = record_of(debugger, vcpu->exit_number);

    if (record->number != vcpu->exit_number || record->handled)
        return false;
    record->exit = vcpu->exit;
    record->handled = record->has_result = true;
    if (vcpu->exit.kind == EXIT_HYPERCALL && vcpu->exit.hypercall.call)
        debugger->exits.calls[vcpu->exit.hypercall.call - calls]++;
    return true;
}

/* Returns whether the VMM has still to handle a record's exit. */
static bool is_pending(const struct debugger *debugger, const struct exit_record *record)
{
    const struct vcpu *vcpu = &debugger->vm->vcpus[record->vcpu];

    return vcpu->exit_number == record->number &&
           (vcpu->exit_pending || (vcpu->waiting && vcpu->exit.kind != EXIT_HALT));
}

void exits_moved(struct debugger *debugger)
{
    const uint64_t now = debugger->vm->exit_numbers;
    const uint64_t known = debugger->timeline ? timeline_known_exits(debugger->timeline) : now;

    for (unsigned i = 0; i < EXIT_LOG; i++) {
        struct exit_record *record = &debugger->exits.log[i];

        if (record->number <= now && !record->handled && !is_pending(debugger, record)) {
            record->handled = record->has_result;
            record->number = record->has_result ? record->number : 0;
        }
        if (record->number > known)
            record->number = 0;
    }
}

const struct exit_record *exits_last(const struct debugger *debugger, unsigned vcpu)
{
    const struct exit_record *last = NULL;

    for (unsigned i = 0; i < EXIT_LOG; i++) {
        const struct exit_record *record = &debugger->exits.log[i];

        if (record->number && record->number <= debugger->vm->exit_numbers &&
            record->vcpu == vcpu && (!last || record->number > last->number))
            last = record;
    }
    return last;
}

void exits_describe(const struct debugger *debugger, const struct exit_record *record, char *text,
                    size_t size)
{
    const struct vcpu *vcpu = &debugger->vm->vcpus[record->vcpu];
    char what[256], where[160], author[160] = "", which[16] = "";

    describe_exit(&record->exit, record->handled && !debugger->vm->stopped, what, sizeof(what));
    vm_describe_address(vcpu, record->pc, where, sizeof(where));
    if (debugger->vm->vcpu_count > 1)
        snprintf(which, sizeof(which), " vCPU %u", record->vcpu);
    if (!record->handled) /* later, its callers are not there any more */
        explain_author(vcpu, author, sizeof(author));
    snprintf(text, size, "exit #%" PRIu64 "%s: %s  at %s%s%s", record->number, which, what, where,
             *author ? " for " : "", author);
}

void exits_print(struct debugger *debugger, const struct vcpu *vcpu)
{
    char text[512];

    exits_describe(debugger, exits_last(debugger, vcpu->id), text, sizeof(text));
    debugger_print(debugger, "%s\n", text);
}

/* ---- Filters: "NAME [if FIELD OP NUMBER [and FIELD OP NUMBER]...]" ---- */

enum {
    FIELD_EID,
    FIELD_FID,
    FIELD_A0,
    FIELD_A1,
    FIELD_A2,
    FIELD_A3,
    FIELD_A4,
    FIELD_ADDRESS,
    FIELD_VALUE,
    FIELD_SIZE,
    FIELD_VCPU,
    FIELD_COUNT
};
static const char *const field_names[] = {"eid", "fid",     "a0",    "a1",   "a2",   "a3",
                                          "a4",  "address", "value", "size", "vcpu", "count"};

enum { EQUAL, NOT_EQUAL, AT_MOST, AT_LEAST, BELOW, ABOVE };
static const char *const comparison_names[] = {"==", "!=", "<=", ">=", "<", ">"};

static uint64_t field_of(const struct vcpu *vcpu, int field)
{
    const struct vm_exit *exit = &vcpu->exit;
    bool call = exit->kind == EXIT_HYPERCALL;
    bool access = exit->kind == EXIT_PIO || exit->kind == EXIT_MMIO;

    switch (field) {
    case FIELD_EID:
        return call ? exit->hypercall.eid : 0;
    case FIELD_FID:
        return call ? exit->hypercall.fid : 0;
    case FIELD_ADDRESS:
        return access ? exit->access.address : 0;
    case FIELD_VALUE:
        return access ? exit->access.value : 0;
    case FIELD_SIZE:
        return access ? exit->access.size : 0;
    case FIELD_VCPU:
        return vcpu->id;
    case FIELD_COUNT:
        return vcpu->exit_number;
    default:
        return call ? exit->hypercall.args[field - FIELD_A0] : 0;
    }
}

static bool is_true(const struct condition *condition, uint64_t value)
{
    switch (condition->comparison) {
    case EQUAL:
        return value == condition->value;
    case NOT_EQUAL:
        return value != condition->value;
    case AT_MOST:
        return value <= condition->value;
    case AT_LEAST:
        return value >= condition->value;
    case BELOW:
        return value < condition->value;
    default:
        return value > condition->value;
    }
}

static bool is_named(const struct call *call, const char *name)
{
    char full[64];

    snprintf(full, sizeof(full), "%s.%s", call->extension, call->name);
    return strcasecmp(name, full) == 0 || strcasecmp(name, call->name) == 0 ||
           strcasecmp(name, call->extension) == 0;
}

bool filter_matches(const struct exit_filter *filter, const struct vcpu *vcpu)
{
    const struct hypercall *call = &vcpu->exit.hypercall;

    if (filter->disabled || (!filter->any_kind && vcpu->exit.kind != filter->kind))
        return false;
    if (filter->has_eid && call->eid != filter->eid)
        return false;
    if (filter->name[0] && !(call->call && is_named(call->call, filter->name)))
        return false;
    for (unsigned i = 0; i < filter->condition_count; i++)
        if (!is_true(&filter->conditions[i], field_of(vcpu, filter->conditions[i].field)))
            return false;
    return true;
}

bool exits_match(const struct debugger *debugger, const struct vcpu *vcpu)
{
    for (unsigned i = 0; i < debugger->exits.filter_count; i++)
        if (filter_matches(&debugger->exits.filters[i], vcpu))
            return true;
    return false;
}

bool exits_hit(struct debugger *debugger, const struct vcpu *vcpu)
{
    bool stop = false;

    for (unsigned i = 0; i < debugger->exits.filter_count; i++) {
        struct exit_filter *filter = &debugger->exits.filters[i];

        if (!filter_matches(filter, vcpu))
            continue;
        filter->hits++;
        if (filter->ignored > 0)
            filter->ignored--;
        else
            stop = true;
    }
    return stop;
}

/* Parses a name of exits.def, a name of calls.def (DBCN.console_write, console_write or DBCN), or
 * an EID. Returns false if it is none of these. */
static bool parse_name(struct exit_filter *filter, const char *name)
{
    char *rest;

    if (strcmp(name, "any") == 0 || strcmp(name, "") == 0) {
        filter->any_kind = true;
        return true;
    }
    for (int kind = 0; kind < EXIT_KIND_COUNT; kind++)
        if (strcasecmp(name, exit_kind_name((enum exit_kind)kind)) == 0) {
            filter->kind = (enum exit_kind)kind;
            return true;
        }
    filter->kind = EXIT_HYPERCALL;
    for (size_t i = 0; i < call_count; i++)
        if (is_named(&calls[i], name)) {
            snprintf(filter->name, sizeof(filter->name), "%s", name);
            return true;
        }
    filter->has_eid = true;
    filter->eid = strtoull(name, &rest, 0);
    return isdigit((unsigned char)name[0]) && *rest == '\0';
}

/* Skips blanks, and the first of the names that *text begins with. Returns its index, or -1. */
static int take_name(const char **text, const char *const *names, int count)
{
    while (isspace((unsigned char)**text))
        (*text)++;
    for (int i = 0; i < count; i++)
        if (take_word(text, names[i]))
            return i;
    return -1;
}

static const char *parse_condition(struct exit_filter *filter, const char **text)
{
    struct condition *condition = &filter->conditions[filter->condition_count];
    char *rest;

    if (filter->condition_count == CONDITIONS)
        return "too many conditions: at most 4";
    condition->field = take_name(text, field_names, FIELD_COUNT + 1);
    if (condition->field < 0)
        return "a condition begins with eid, fid, a0 to a4, address, value, size, vcpu or count";
    condition->comparison = take_name(text, comparison_names, ABOVE + 1);
    if (condition->comparison < 0)
        return "a condition compares with == != < <= > or >=";
    condition->value = strtoull(*text, &rest, 0);
    if (rest == *text)
        return "a condition ends with a number, such as 12 or 0x4442434e";
    *text = rest;
    filter->condition_count++;
    return NULL;
}

const char *filter_parse(struct exit_filter *filter, const char *text)
{
    static const char *const ifs[] = {"if", "and", "&&"};
    char name[64] = "";
    int length = 0;

    *filter = (struct exit_filter){0};
    snprintf(filter->text, sizeof(filter->text), "%s", text);
    if (strncmp(text, "if", 2) != 0 || isalnum((unsigned char)text[2]))
        sscanf(text, "%63s%n", name, &length);
    if (!parse_name(filter, name))
        return "no exit kind, call or extension has that name: vmexit-names lists them";
    text += length;
    while (take_name(&text, ifs, 3) >= 0) {
        const char *wrong = parse_condition(filter, &text);

        if (wrong)
            return wrong;
    }
    while (isspace((unsigned char)*text))
        text++;
    return *text ? "NAME, or NAME if FIELD OP NUMBER, was expected" : NULL;
}
