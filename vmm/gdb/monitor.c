/* gdb's command `monitor`: what gdb has no commands for, and a twin of each of ours in Python. */
#include "gdb.h"

#include "core/hypercall.h"
#include "image/explain.h"
#include "watch/watch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DUMP     64u
#define DUMP_MAX 4096u
#define ROW      16u

typedef void command(struct debugger *debugger, const char *args, FILE *out);

static void serve_regs(struct debugger *debugger, const char *args, FILE *out)
{
    (void)args;
    debugger->vm->backend->show_registers(debugger->selected, out);
}

/* What lies behind a GPA: the second stage is the memory slot, whoever walks EPT or G-stage. */
static void show_second_stage(const struct vm *vm, gpa_t place, FILE *out)
{
    const struct memory *memory = &vm->memory;

    fprintf(out, "  second stage, GPA to host memory\n    GPA 0x%" PRIx64 " is ", place.value);
    if (memory_at(memory, place, 1))
        fprintf(out, "byte 0x%" PRIx64 " of slot 0, the RAM from 0x%" PRIx64 " to 0x%" PRIx64 "\n",
                place.value - memory->base.value, memory->base.value,
                memory->base.value + memory->size);
    else
        fprintf(out, "in no slot: an access there is an MMIO exit\n");
}

static void serve_walk(struct debugger *debugger, const char *args, FILE *out)
{
    struct vm *vm = debugger->vm;
    struct paging paging;
    char *rest;
    uint64_t gva = strtoull(args, &rest, 0);
    struct translation place;

    if (rest == args) {
        fprintf(out, "walk ADDRESS: an address was expected, such as 0x100000\n");
        return;
    }
    vm->backend->paging(debugger->selected, &paging);
    fprintf(out, "  first stage, the guest's tables: GVA 0x%" PRIx64 "\n", gva);
    paging_show(&vm->memory, &paging, gva, out);
    if (paging_translate(&vm->memory, &paging, gva, &place))
        show_second_stage(vm, place.gpa, out);
    else if (paging.levels == 0)
        show_second_stage(vm, gpa(gva), out);
    else
        fprintf(out, "  it is mapped to no GPA\n");
}

/* Physical memory: gdb's own x shows virtual addresses. */
static void serve_mem(struct debugger *debugger, const char *args, FILE *out)
{
    const struct vm *vm = debugger->vm;
    char *rest;
    uint64_t start = strtoull(args, &rest, 0), size = strtoull(rest, NULL, 0);
    uint8_t row[ROW];

    if (rest == args) {
        fprintf(out, "mem GPA [BYTES]: a guest physical address was expected\n");
        return;
    }
    size = size == 0 ? DUMP : size < DUMP_MAX ? size : DUMP_MAX;
    for (uint64_t at = 0, part; at < size; at += part) {
        const void *place;

        part = size - at < ROW ? size - at : ROW;
        place = memory_at(&vm->memory, gpa(start + at), part);
        while (!place && part > 1) /* up to the end of RAM */
            place = memory_at(&vm->memory, gpa(start + at), --part);
        if (!place) {
            fprintf(out, "0x%" PRIx64 ": outside RAM\n", start + at);
            return;
        }
        memcpy(row, place, part);
        if (debugger->ops->hide)
            debugger->ops->hide(vm, gpa(start + at), row, part);
        fprintf(out, "0x%08" PRIx64 ":", start + at);
        for (uint64_t i = 0; i < part; i++)
            fprintf(out, " %02x", row[i]);
        fprintf(out, "\n");
    }
}

static void serve_stats(struct debugger *debugger, const char *args, FILE *out)
{
    const struct vm *vm = debugger->vm;

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

/* ---- Exits ---- */

static void serve_next(struct debugger *debugger, const char *args, FILE *out)
{
    const char *wrong = filter_parse(&debugger->exits.next, args);

    if (wrong) {
        fprintf(out, "%s\n", wrong);
        return;
    }
    debugger->exits.stop = EXITS_NEXT;
    fprintf(out, "`continue` goes to the next exit%s%s\n", *args ? ": " : "", args);
}

static void serve_step(struct debugger *debugger, const char *args, FILE *out)
{
    if (*args)
        fprintf(out, "vmexit-step takes nothing: `vmexit-next %s` may be meant\n", args);
    else
        serve_next(debugger, "", out);
}

static void serve_finish(struct debugger *debugger, const char *args, FILE *out)
{
    const struct vcpu *vcpu = debugger->selected;

    (void)args;
    if (!vcpu->exit_pending) {
        fprintf(out,
                "vCPU %u is not at an exit that waits to be served: vmexit-step goes to the "
                "next one\n",
                vcpu->id);
        return;
    }
    debugger->exits.stop = EXITS_FINISH;
    debugger->exits.finish = vcpu->id;
    fprintf(out, "`continue` stops when the VMM has served it\n");
}

static void serve_back(struct debugger *debugger, const char *args, FILE *out)
{
    (void)args;
    if (!debugger->timeline) {
        fprintf(out, "there is no way back: runs repeat on soft alone, without --real-time\n");
        return;
    }
    debugger->exits.stop = EXITS_NEXT;
    fprintf(out, "`reverse-continue` goes to the exit before\n");
}

static void list_filters(const struct debugger *debugger, FILE *out)
{
    for (unsigned i = 0; i < debugger->exits.filter_count; i++)
        fprintf(out, "%u: stops at %s\n", i + 1, debugger->exits.filters[i].text);
}

static void serve_break(struct debugger *debugger, const char *args, FILE *out)
{
    struct exit_watch *exits = &debugger->exits;
    const char *wrong = "there are too many already";

    if (exits->filter_count < EXIT_FILTERS)
        wrong = filter_parse(&exits->filters[exits->filter_count], args);
    if (wrong) {
        fprintf(out, "%s\n", wrong);
        return;
    }
    if (!*args)
        strcpy(exits->filters[exits->filter_count].text, "any exit");
    exits->filter_count++;
    list_filters(debugger, out);
}

static void serve_delete(struct debugger *debugger, const char *args, FILE *out)
{
    struct exit_watch *exits = &debugger->exits;
    uint64_t number = strtoull(args, NULL, 10);

    if (!*args) {
        exits->filter_count = 0;
        return;
    }
    if (number == 0 || number > exits->filter_count) {
        fprintf(out, "there is no number %s: vmexit-info lists them\n", args);
        return;
    }
    for (uint64_t i = number; i < exits->filter_count; i++)
        exits->filters[i - 1] = exits->filters[i];
    exits->filter_count--;
}

static void show_record(const struct debugger *debugger, const struct exit_record *record,
                        FILE *out)
{
    char text[512];

    exits_describe(debugger, record, text, sizeof(text));
    fprintf(out, "%s%s\n", text, record->handled ? "" : "  (not served yet)");
}

static void serve_info(struct debugger *debugger, const char *args, FILE *out)
{
    const struct vcpu *vcpu = debugger->selected;
    const struct exit_record *last = exits_last(debugger, vcpu->id);

    (void)args;
    if (!last)
        fprintf(out, "vCPU %u has made no exit yet\n", vcpu->id);
    else
        show_record(debugger, last, out);
    if (last && last->exit.kind == EXIT_HYPERCALL && last->exit.hypercall.call) {
        const struct hypercall *made = &last->exit.hypercall;

        fprintf(out, "  EID 0x%" PRIx64 " (%s), FID %" PRIu64 " (%s)\n", made->eid,
                made->call->extension, made->fid, made->call->name);
        for (unsigned i = 0; i < made->call->nargs; i++)
            fprintf(out, "  $exit_a%u  %-16s 0x%" PRIx64 "\n", i, made->call->args[i].name,
                    made->args[i]);
    }
    list_filters(debugger, out);
}

static void serve_trace(struct debugger *debugger, const char *args, FILE *out)
{
    if (strcmp(args, "on") != 0 && strcmp(args, "off") != 0) {
        fprintf(out, "vmexit-trace on, or off\n");
        return;
    }
    debugger->exits.trace = strcmp(args, "on") == 0;
}

static void serve_list(struct debugger *debugger, const char *args, FILE *out)
{
    char *rest = (char *)args;
    uint64_t last = debugger->vm->exit_numbers, count = *args ? strtoull(args, &rest, 10) : 10;
    uint64_t first = last > count ? last - count : 0;

    if (*rest || *args == '-') {
        fprintf(out, "vmexit-list [N]: a number was expected\n");
        return;
    }
    for (uint64_t number = first + 1; number <= last; number++) {
        const struct exit_record *record = &debugger->exits.log[number % EXIT_LOG];

        if (record->number == number)
            show_record(debugger, record, out);
    }
}

static void serve_names(struct debugger *debugger, const char *args, FILE *out)
{
    (void)debugger, (void)args;
    fprintf(out, "kinds:");
    for (int kind = 0; kind < EXIT_KIND_COUNT; kind++)
        fprintf(out, " %s", exit_kind_name((enum exit_kind)kind));
    fprintf(out, "\ncalls:");
    for (size_t i = 0; i < call_count; i++)
        fprintf(out, " %s.%s", calls[i].extension, calls[i].name);
    fprintf(out, "\n");
}

static void serve_help(struct debugger *debugger, const char *args, FILE *out);

static const struct {
    const char *name, *args, *what;
    command *serve;
} commands[] = {
    {"vmexit-step", "", "`continue` then stops at the next exit, before the VMM serves it",
     serve_step},
    {"vmexit-finish", "", "`continue` then lets the VMM serve this exit, and stops behind it",
     serve_finish},
    {"vmexit-next", "NAME", "`continue` then stops at the next exit of that name", serve_next},
    {"vmexit-break", "[NAME] [if FIELD OP NUMBER [and ...]]", "stop at each such exit",
     serve_break},
    {"vmexit-delete", "[N]", "one of those, or all", serve_delete},
    {"vmexit-back", "", "`reverse-continue` then stops at the exit before", serve_back},
    {"vmexit-info", "", "the vCPU's last exit, and what is stopped at", serve_info},
    {"vmexit-list", "[N]", "the last N exits (10)", serve_list},
    {"vmexit-trace", "on|off", "show each exit", serve_trace},
    {"vmexit-names", "", "what NAME can be: or an extension, an EID, any", serve_names},
    {"walk", "ADDRESS", "how a virtual address is translated, both stages", serve_walk},
    {"mem", "GPA [BYTES]", "physical memory", serve_mem},
    {"regs", "", "the vCPU's registers", serve_regs},
    {"stats", "", "exits by kind and by call", serve_stats},
    {"help", "", "this", serve_help},
};

static void serve_help(struct debugger *debugger, const char *args, FILE *out)
{
    (void)debugger, (void)args;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        fprintf(out, "monitor %s%s%s: %s\n", commands[i].name, *commands[i].args ? " " : "",
                commands[i].args, commands[i].what);
}

static command *find(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strlen(commands[i].name) == length && strncmp(commands[i].name, name, length) == 0)
            return commands[i].serve;
    return NULL;
}

void monitor_serve(struct debugger *debugger, const char *line)
{
    size_t length = strcspn(line, " "), size = 0;
    command *serve = find(line, length);
    const char *args = line + length + strspn(line + length, " ");
    char *text = NULL;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return;
    if (serve)
        serve(debugger, args, out);
    else
        fprintf(out, "there is no command '%s': `monitor help` lists them\n", line);
    fclose(out);
    if (text)
        link_print(&debugger->link, text);
    free(text);
}
