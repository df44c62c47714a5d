/* SPDX-License-Identifier: MIT */
/*
 * The commands of gdb's `monitor`: what gdb cannot show of a guest, and, as exit-..., the parts of
 * which debug/labvisor.py makes its commands vmexit-....
 */
#include "gdb.h"

#include "core/hypercall.h"
#include "watch/watch.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Bytes that `mem` shows: by default, at most, and in a line. */
#define DUMP     64u
#define DUMP_MAX 4096u
#define ROW      16u

/* ---- The machine ---- */

/* Shows where a GPA is. The second stage is the memory slot: KVM makes EPT or G-stage tables of
 * it, and soft uses it as it is. */
static void show_second_stage(const struct vm *vm, gpa_t gpa, FILE *out)
{
    const struct memory *memory = &vm->memory;

    fprintf(out, "  second stage, GPA to host memory\n    GPA 0x%" PRIx64 " is ", gpa.value);
    if (memory_at(memory, gpa, 1))
        fprintf(out, "byte 0x%" PRIx64 " of slot 0, the RAM from 0x%" PRIx64 " to 0x%" PRIx64 "\n",
                gpa.value - memory->base.value, memory->base.value,
                memory->base.value + memory->size);
    else
        fprintf(out, "in no slot: an access there is an MMIO exit\n");
}

/* Reads an address. Returns false after it has printed that there is none. */
static bool take_address(struct debugger *debugger, const char *command, const char **args,
                         uint64_t *address)
{
    char *rest;
    bool found;

    *address = strtoull(*args, &rest, 0);
    found = rest != *args && (!*rest || *rest == ' ');
    if (!found)
        fprintf(debugger->out, "%s: an address was expected, such as 0x100000\n", command);
    *args = rest + strspn(rest, " ");
    return found;
}

static void handle_walk(struct debugger *debugger, const char *args)
{
    struct vm *vm = debugger->vm;
    struct translation translation;
    struct paging paging;
    uint64_t gva, table;

    if (!take_address(debugger, "walk ADDRESS [TABLE]", &args, &gva))
        return;
    vm->backend->paging(debugger->selected, &paging);
    if (*args) {
        if (!take_address(debugger, "walk ADDRESS TABLE", &args, &table))
            return;
        paging.load(&paging, table);
    }
    fprintf(debugger->out,
            "  first stage, the guest's tables at 0x%" PRIx64 ": GVA 0x%" PRIx64 "\n", paging.root,
            gva);
    paging_draw(&vm->memory, &paging, gva, debugger->out);
    paging_show(&vm->memory, &paging, gva, debugger->out);
    if (paging_translate(&vm->memory, &paging, gva, &translation))
        show_second_stage(vm, translation.gpa, debugger->out);
    else if (paging.levels == 0)
        show_second_stage(vm, gpa(gva), debugger->out);
    else
        fprintf(debugger->out, "  it is mapped to no GPA\n");
}

/* Shows up to `size` bytes of guest physical memory in a line. Returns how many: fewer at the end
 * of RAM, 0 outside it. */
static uint64_t show_row(struct debugger *debugger, gpa_t start, uint64_t size)
{
    const struct vm *vm = debugger->vm;
    const void *bytes;
    uint8_t row[ROW];

    size = size < ROW ? size : ROW;
    while (!(bytes = memory_at(&vm->memory, start, size)) && size > 1)
        size--;
    if (!bytes) {
        fprintf(debugger->out, "0x%" PRIx64 ": outside RAM\n", start.value);
        return 0;
    }
    memcpy(row, bytes, size);
    if (debugger->ops->hide)
        debugger->ops->hide(vm, start, row, size);
    fprintf(debugger->out, "0x%08" PRIx64 ":", start.value);
    for (uint64_t i = 0; i < size; i++)
        fprintf(debugger->out, " %02x", row[i]);
    fprintf(debugger->out, "\n");
    return size;
}

static void handle_mem(struct debugger *debugger, const char *args)
{
    char *rest;
    uint64_t start = strtoull(args, &rest, 0), size = strtoull(rest, NULL, 0);

    if (rest == args) {
        fprintf(debugger->out, "mem GPA [BYTES]: a guest physical address was expected\n");
        return;
    }
    size = size == 0 ? DUMP : size < DUMP_MAX ? size : DUMP_MAX;
    for (uint64_t at = 0, shown = 1; at < size && shown > 0; at += shown)
        shown = show_row(debugger, gpa(start + at), size - at);
}

static void handle_stats(struct debugger *debugger, const char *args)
{
    const struct vm *vm = debugger->vm;
    FILE *out = debugger->out;

    (void)args;
    if (vm->backend->slices)
        fprintf(out, "%" PRIu64 " instructions\n", vm->insn_count);
    for (int kind = 0; kind < EXIT_KIND_COUNT; kind++) {
        uint64_t count = 0;

        for (unsigned i = 0; i < vm->vcpu_count; i++)
            count += vm->vcpus[i].exits[kind];
        if (count > 0)
            fprintf(out, "%-28s %10" PRIu64 "\n", exit_kind_name((enum exit_kind)kind), count);
    }
    for (size_t i = 0; i < call_count; i++)
        if (debugger->exits.calls[i] > 0)
            fprintf(out, "  %s.%-*s %10" PRIu64 "\n", calls[i].extension,
                    (int)(25 - strlen(calls[i].extension)), calls[i].name,
                    debugger->exits.calls[i]);
}

/* ---- Where the guest stops next: these print nothing, or why not ---- */

static void handle_next(struct debugger *debugger, const char *args)
{
    const char *wrong = filter_parse(&debugger->exits.next, args);

    if (wrong) {
        fprintf(debugger->out, "%s\n", wrong);
        return;
    }
    debugger->exits.stop = EXITS_NEXT;
    debugger->exits.forward_to = 0;
}

static void handle_finish(struct debugger *debugger, const char *args)
{
    const struct vcpu *vcpu = debugger->selected;

    (void)args;
    if (!vcpu->exit_pending) {
        fprintf(debugger->out,
                "vCPU %u is not at a pending exit: vmexit-step goes to the next one\n", vcpu->id);
        return;
    }
    debugger->exits.stop = EXITS_FINISH;
    debugger->exits.finish = vcpu->id;
}

static bool can_go_back(const struct debugger *debugger)
{
    if (!debugger->timeline)
        fprintf(debugger->out, "%s\n", CANNOT_GO_BACK);
    return debugger->timeline != NULL;
}

static void handle_back(struct debugger *debugger, const char *args)
{
    (void)args;
    if (!can_go_back(debugger))
        return;
    debugger->exits.stop = EXITS_BACK;
    debugger->exits.back_to = 0;
}

/* ---- To an exit by its number, or to a mark. These print how gdb has to go on, or why not. ----
 */

static struct mark *find_mark(struct debugger *debugger, const char *name)
{
    for (unsigned i = 0; i < debugger->mark_count; i++)
        if (strcmp(debugger->marks[i].name, name) == 0)
            return &debugger->marks[i];
    return NULL;
}

static bool is_at_exit(const struct debugger *debugger, uint64_t number)
{
    for (unsigned i = 0; i < debugger->vm->vcpu_count; i++)
        if (debugger->vm->vcpus[i].exit_pending && debugger->vm->vcpus[i].exit_number == number)
            return true;
    return false;
}

static void go_to_exit(struct debugger *debugger, uint64_t number)
{
    char filter[64];

    if (is_at_exit(debugger, number)) {
        fprintf(debugger->out, "the guest is at exit #%" PRIu64 "\n", number);
    } else if (number > debugger->vm->exit_numbers) {
        snprintf(filter, sizeof(filter), "any if count == %" PRIu64, number);
        filter_parse(&debugger->exits.next, filter);
        debugger->exits.stop = EXITS_NEXT;
        debugger->exits.forward_to = number;
        fprintf(debugger->out, "continue\n");
    } else if (can_go_back(debugger)) {
        debugger->exits.stop = EXITS_BACK;
        debugger->exits.back_to = number;
        fprintf(debugger->out, "reverse-continue\n");
    }
}

static void handle_goto(struct debugger *debugger, const char *args)
{
    const struct mark *mark = find_mark(debugger, args);
    char *rest;
    uint64_t number = strtoull(args, &rest, 10);

    if (mark) {
        debugger->exits.stop = EXITS_MARK;
        debugger->exits.mark = mark->position;
        fprintf(debugger->out, "reverse-continue\n");
    } else if (*rest || number == 0 || *args == '-') {
        fprintf(debugger->out,
                "vmexit-goto N|NAME: there is no mark '%s', and exits count from 1\n", args);
    } else {
        go_to_exit(debugger, number);
    }
}

static void handle_mark(struct debugger *debugger, const char *args)
{
    struct mark *mark = find_mark(debugger, args);

    if (!can_go_back(debugger))
        return;
    if (!isalpha((unsigned char)*args) || strlen(args) >= sizeof(mark->name)) {
        fprintf(debugger->out, "vmexit-mark NAME: a name begins with a letter, and has at most 31 "
                               "characters\n");
        return;
    }
    if (!mark && debugger->mark_count == MARKS_MAX) {
        fprintf(debugger->out, "there are %d marks already: use one of their names\n", MARKS_MAX);
        return;
    }
    if (!mark)
        mark = &debugger->marks[debugger->mark_count++];
    snprintf(mark->name, sizeof(mark->name), "%s", args);
    mark->position = timeline_now(debugger->timeline);
}

static void handle_when(struct debugger *debugger, const char *args)
{
    const struct vm *vm = debugger->vm;

    (void)args;
    fprintf(debugger->out, "exit #%" PRIu64, vm->exit_numbers);
    if (vm->backend->slices)
        fprintf(debugger->out, ", %" PRIu64 " instructions", vm->insn_count);
    fprintf(debugger->out, "\n");
    for (unsigned i = 0; i < debugger->mark_count; i++)
        fprintf(debugger->out, "mark %s: %" PRIu64 " instructions\n", debugger->marks[i].name,
                position_insns(debugger->marks[i].position));
}

/* Prints why a breakpoint cannot be inserted: gdb itself inserts it only when the guest goes on. */
static void handle_can_break(struct debugger *debugger, const char *args)
{
    struct breakpoint breakpoint = {.type = BREAK_SOFTWARE};
    const char *reason;

    if (!take_address(debugger, "can-break ADDRESS", &args, &breakpoint.address) ||
        breakpoints_has(debugger, breakpoint.type, breakpoint.address))
        return;
    reason = breakpoints_insert(debugger, &breakpoint, &(struct conditions){0});
    if (reason)
        fprintf(debugger->out, "%s\n", reason);
    else
        breakpoints_remove(debugger, &breakpoint);
}

/* ---- Exits that were made ---- */

static void show_record(const struct debugger *debugger, const struct exit_record *record)
{
    char text[512];

    exits_describe(debugger, record, text, sizeof(text));
    fprintf(debugger->out, "%s%s\n", text, record->handled ? "" : "  (not handled yet)");
}

static void handle_info(struct debugger *debugger, const char *args)
{
    const struct vcpu *vcpu = debugger->selected;
    const struct exit_record *last = exits_last(debugger, vcpu->id);

    (void)args;
    if (!last)
        fprintf(debugger->out, "vCPU %u has made no exit yet\n", vcpu->id);
    else
        show_record(debugger, last);
    if (last && last->exit.kind == EXIT_HYPERCALL && last->exit.hypercall.call) {
        const struct hypercall *made = &last->exit.hypercall;

        fprintf(debugger->out, "  EID 0x%" PRIx64 " (%s), FID %" PRIu64 " (%s)\n", made->eid,
                made->call->extension, made->fid, made->call->name);
        for (unsigned i = 0; i < made->call->nargs; i++)
            fprintf(debugger->out, "  $exit_a%u  %-16s 0x%" PRIx64 "\n", i,
                    made->call->args[i].name, made->args[i]);
    }
    filters_list(debugger);
}

static void handle_list(struct debugger *debugger, const char *args)
{
    char *rest = (char *)args;
    uint64_t last = debugger->vm->exit_numbers, count = *args ? strtoull(args, &rest, 10) : 10;
    uint64_t first = last > count ? last - count : 0;

    if (*rest || *args == '-') {
        fprintf(debugger->out, "vmexit-list [N]: a number was expected\n");
        return;
    }
    for (uint64_t number = first + 1; number <= last; number++) {
        const struct exit_record *record = &debugger->exits.log[number % EXIT_LOG];

        if (record->number == number)
            show_record(debugger, record);
    }
}

static void handle_trace(struct debugger *debugger, const char *args)
{
    if (strcmp(args, "on") == 0 || strcmp(args, "off") == 0)
        debugger->exits.trace = strcmp(args, "on") == 0;
    else
        fprintf(debugger->out, "vmexit-trace on|off: one of these was expected\n");
}

static void handle_names(struct debugger *debugger, const char *args)
{
    (void)args;
    fprintf(debugger->out, "kinds:");
    for (int kind = 0; kind < EXIT_KIND_COUNT; kind++)
        fprintf(debugger->out, " %s", exit_kind_name((enum exit_kind)kind));
    fprintf(debugger->out, "\ncalls:");
    for (size_t i = 0; i < call_count; i++)
        fprintf(debugger->out, " %s.%s", calls[i].extension, calls[i].name);
    fprintf(debugger->out, "\n");
}

/* ---- All ---- */

static void handle_help(struct debugger *debugger, const char *args);

static const struct row commands[] = {
    {"walk", handle_walk, "ADDRESS [TABLE]",
     "translate a virtual address, also by cr3 or satp TABLE"},
    {"mem", handle_mem, "GPA [BYTES]", "show guest physical memory"},
    {"stats", handle_stats, NULL, "count exits by kind and by call"},
    {"can-break", handle_can_break, "ADDRESS", "say why no breakpoint can be there"},
    {"exit-next", handle_next, "[NAME] [if CONDITION]", "for vmexit-next and vmexit-step"},
    {"exit-finish", handle_finish, NULL, "for vmexit-finish"},
    {"exit-back", handle_back, NULL, "for vmexit-back"},
    {"exit-goto", handle_goto, "N|NAME", "for vmexit-goto"},
    {"exit-mark", handle_mark, "NAME", "for vmexit-mark"},
    {"exit-when", handle_when, NULL, "for when"},
    {"exit-break", handle_break, "[NAME] [if CONDITION]", "for vmexit-break"},
    {"exit-delete", handle_delete, "[N]", "for vmexit-delete"},
    {"exit-enable", handle_enable, "[N]", "for vmexit-enable"},
    {"exit-disable", handle_disable, "[N]", "for vmexit-disable"},
    {"exit-condition", handle_condition, "N [CONDITION]", "for vmexit-condition"},
    {"exit-ignore", handle_ignore, "N COUNT", "for vmexit-ignore"},
    {"exit-info", handle_info, NULL, "for vmexit-info"},
    {"exit-list", handle_list, "[N]", "for vmexit-list"},
    {"exit-trace", handle_trace, "on|off", "for vmexit-trace"},
    {"exit-names", handle_names, NULL, "for vmexit-names"},
    {"help", handle_help, NULL, "list these commands"},
};

static void handle_help(struct debugger *debugger, const char *args)
{
    (void)args;
    for (size_t i = 0; i < COUNT(commands); i++)
        fprintf(debugger->out, "monitor %s%s%s: %s\n", commands[i].name,
                commands[i].args ? " " : "", commands[i].args ? commands[i].args : "",
                commands[i].help);
}

static void execute(struct debugger *debugger, const char *command)
{
    const char *args;
    const struct row *row = row_find(commands, COUNT(commands), command, ' ', &args);

    if (row)
        row->handle(debugger, args + strspn(args, " "));
    else
        fprintf(debugger->out, "unknown command '%s': `monitor help` lists them\n", command);
}

void handle_monitor(struct debugger *debugger, const char *args)
{
    char command[256], *text = NULL;
    size_t length = strlen(args) / 2, size = 0;

    if (length >= sizeof(command) || !take_bytes(&args, (uint8_t *)command, length) || *args) {
        packets_reply_error(debugger, "monitor: the command is too long");
        return;
    }
    command[length] = '\0';
    debugger->out = open_memstream(&text, &size);
    if (debugger->out) {
        execute(debugger, command);
        fclose(debugger->out);
    }
    if (text)
        link_print(&debugger->link, text);
    free(text);
    packets_reply_ok(debugger);
}
