/* SPDX-License-Identifier: MIT */
/*
 * `labvisor diff RUN RUN` finds the first exit at which two runs part. A RUN is a file that --trace
 * with --log, or --trace=FILE, has written; or a command line of labvisor's, which it runs with
 * --trace.
 */
#include "diff.h"

#include "core/status.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTEXT 3 /* exits that are shown before and after */

struct exit_line {
    char ms[24]; /* the time with the three digits that both formats have */
    unsigned vcpu;
    char what[256]; /* the call, its arguments and its result */
    char where[160];
};

struct run {
    const char *name;
    struct exit_line *exits;
    size_t count, room;
};

/* ---- Reading ---- */

/* Copies the text between two marks of a line. Returns the rest of the line, or NULL. */
static const char *between(const char *line, const char *start, const char *end, char *text,
                           size_t size)
{
    const char *from = strstr(line, start), *to;

    if (!from)
        return NULL;
    from += strlen(start);
    to = strstr(from, end);
    if (!to)
        return NULL;
    snprintf(text, size, "%.*s", (int)(to - from), from);
    printable(text);
    return to;
}

static void set_time(struct exit_line *exit, double ms)
{
    snprintf(exit->ms, sizeof(exit->ms), "%.3f", ms);
}

/* Reads "[ 0.112 ms] vcpu0 #2 WHAT  at WHERE". */
static bool take_text(const char *line, struct exit_line *exit)
{
    static const char vcpu[] = " ms] vcpu";
    const char *number;
    char *rest;

    if (*line != '[')
        return false;
    set_time(exit, strtod(line + 1, &rest));
    if (strncmp(rest, vcpu, strlen(vcpu)) != 0)
        return false;
    exit->vcpu = (unsigned)strtoul(rest + strlen(vcpu), &rest, 10);
    number = strncmp(rest, " #", 2) == 0
                 ? between(rest + 1, "#", " ", exit->what, sizeof(exit->what))
                 : NULL;
    if (!number || !(line = between(number, " ", "  at ", exit->what, sizeof(exit->what))))
        return false;
    return between(line, "  at ", "\n", exit->where, sizeof(exit->where)) != NULL;
}

/* Reads an exit's slice, as watch/events.c writes it. */
static bool take_event(const char *line, struct exit_line *exit)
{
    const char *tid = strstr(line, "\"tid\":"), *ts = strstr(line, "\"ts\":");

    if (!strstr(line, "\"ph\":\"X\"") || !tid || !ts)
        return false;
    exit->vcpu = (unsigned)strtoul(tid + 6, NULL, 10) - 1;
    set_time(exit, strtod(ts + 5, NULL) / 1000);
    line = between(line, "\"name\":\"", "\",\"args\":", exit->what, sizeof(exit->what));
    return line && between(line, "\"pc\":\"", "\"}", exit->where, sizeof(exit->where));
}

static bool add(struct run *run, const struct exit_line *exit)
{
    if (run->count == run->room) {
        size_t room = run->room ? 2 * run->room : 1024;
        struct exit_line *exits = realloc(run->exits, room * sizeof(*exits));

        if (!exits)
            return false;
        run->exits = exits;
        run->room = room;
    }
    run->exits[run->count++] = *exit;
    return true;
}

static int read_exits(struct run *run, FILE *in)
{
    struct exit_line exit;
    char line[1024];

    while (fgets(line, sizeof(line), in))
        if ((take_text(line, &exit) || take_event(line, &exit)) && !add(run, &exit))
            return fail(STATUS_HOST, "out of memory");
    if (run->count == 0)
        return fail(STATUS_USAGE,
                    "diff: %s: no exits are there: give a file that --trace has written, or "
                    "options and a guest, such as '--seed=1 guest.elf'",
                    run->name);
    return 0;
}

/* Reads a file; or, if the name is of none, runs it as labvisor's command line. */
static int read_run(struct run *run, const char *labvisor)
{
    static const char form[] = "exec \"$LABVISOR\" --trace %s 2>&1 >/dev/null </dev/null";
    const size_t size = sizeof(form) + strlen(run->name);
    FILE *in = fopen(run->name, "re");
    char *command;
    int status;

    if (in) {
        status = read_exits(run, in);
        fclose(in);
        return status;
    }
    command = malloc(size);
    if (command)
        snprintf(command, size, form, run->name);
    if (!command || setenv("LABVISOR", labvisor, true) || !(in = popen(command, "re")))
        status = fail(STATUS_HOST, "diff: cannot run %s", run->name);
    else
        status = read_exits(run, in);
    if (in)
        pclose(in);
    free(command);
    return status;
}

/* ---- Comparing ---- */

static void show(const char *mark, const struct run *run, size_t first, size_t count)
{
    for (size_t i = first; i < run->count && i < first + count; i++)
        printf("%s [%10s ms] vcpu%u #%zu %s  at %s\n", mark, run->exits[i].ms, run->exits[i].vcpu,
               i + 1, run->exits[i].what, run->exits[i].where);
}

static void say_where_they_part(const struct run *one, const struct run *two, size_t i)
{
    const struct run *shorter = one->count < two->count ? one : two;

    printf("the runs part at exit #%zu: ", i + 1);
    if (i == shorter->count)
        printf("run %d ends before it\n", shorter == one ? 1 : 2);
    else if (one->exits[i].vcpu != two->exits[i].vcpu)
        printf("vCPU %u makes it in run 1, vCPU %u in run 2\n", one->exits[i].vcpu,
               two->exits[i].vcpu);
    else
        printf("it is %s in run 1, %s in run 2\n", one->exits[i].what, two->exits[i].what);
}

/* Returns 0 if both runs make the same exits, or 1. */
static int compare(const struct run *one, const struct run *two)
{
    size_t both = one->count < two->count ? one->count : two->count, i = 0, timely = SIZE_MAX;
    size_t start;

    for (; i < both; i++) {
        const struct exit_line *x = &one->exits[i], *y = &two->exits[i];

        if (x->vcpu != y->vcpu || strcmp(x->what, y->what) != 0)
            break;
        if (timely == SIZE_MAX && strcmp(x->ms, y->ms) != 0)
            timely = i;
    }
    if (i == one->count && i == two->count)
        printf("the runs make the same %zu exits\n", i);
    else
        say_where_they_part(one, two, i);
    if (timely != SIZE_MAX)
        printf("before, at exit #%zu, their times differ: %s ms in run 1, %s ms in run 2\n",
               timely + 1, one->exits[timely].ms, two->exits[timely].ms);
    if (i == one->count && i == two->count)
        return 0;
    start = i > CONTEXT ? i - CONTEXT : 0;
    show(" ", one, start, i - start);
    show("1", one, i, CONTEXT);
    show("2", two, i, CONTEXT);
    return 1;
}

int diff(const char *labvisor, char **args)
{
    struct run one = {0}, two = {0};
    int status;

    if (!args[0] || !args[1] || args[2])
        return fail(STATUS_USAGE, "diff: two runs were expected, each a trace file or a command "
                                  "line: labvisor diff '--seed=1 guest.elf' '--seed=2 guest.elf'");
    one.name = args[0];
    two.name = args[1];
    status = read_run(&one, labvisor);
    if (!status)
        status = read_run(&two, labvisor);
    if (!status)
        status = compare(&one, &two);
    free(one.exits);
    free(two.exits);
    return status;
}
