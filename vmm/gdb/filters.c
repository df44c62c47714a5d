/* SPDX-License-Identifier: MIT */
/* The commands of gdb's `monitor` that set filters of exits: vmexit-break and the like. */
#include "gdb.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void filters_list(const struct debugger *debugger)
{
    for (unsigned i = 0; i < debugger->exits.filter_count; i++) {
        const struct exit_filter *filter = &debugger->exits.filters[i];

        fprintf(debugger->out, "%u: stops at %s%s", filter->number, filter->text,
                filter->disabled ? ", disabled" : "");
        if (filter->hits > 0)
            fprintf(debugger->out, ", hits: %" PRIu64, filter->hits);
        if (filter->ignored > 0)
            fprintf(debugger->out, ", ignored next: %" PRIu64, filter->ignored);
        fprintf(debugger->out, "\n");
    }
}

/* Parses a new filter, or another text for one, whose number and counts stay. Returns whether it
 * is right. */
static bool set_filter(struct debugger *debugger, struct exit_filter *filter, const char *text)
{
    struct exit_filter parsed;
    const char *wrong = filter_parse(&parsed, text);

    if (wrong) {
        fprintf(debugger->out, "%s\n", wrong);
        return false;
    }
    if (!*text)
        strcpy(parsed.text, "any exit");
    parsed.number = filter->number;
    parsed.disabled = filter->disabled;
    parsed.hits = filter->hits;
    parsed.ignored = filter->ignored;
    *filter = parsed;
    filters_list(debugger);
    return true;
}

void handle_break(struct debugger *debugger, const char *args)
{
    struct exit_watch *exits = &debugger->exits;
    struct exit_filter *filter = &exits->filters[exits->filter_count];

    if (exits->filter_count == EXIT_FILTERS) {
        fprintf(debugger->out, "too many are set: vmexit-delete removes one\n");
        return;
    }
    *filter = (struct exit_filter){.number = exits->last_number + 1};
    exits->filter_count++;
    if (set_filter(debugger, filter, args))
        exits->last_number++;
    else
        exits->filter_count--;
}

/* Finds the filter whose number *args begins with, and skips that. Returns NULL after it has
 * printed that there is none. */
static struct exit_filter *take_filter(struct debugger *debugger, const char **args)
{
    char *rest;
    uint64_t number = strtoull(*args, &rest, 10);

    for (unsigned i = 0; i < debugger->exits.filter_count; i++)
        if (debugger->exits.filters[i].number == number && (!*rest || *rest == ' ')) {
            *args = rest + strspn(rest, " ");
            return &debugger->exits.filters[i];
        }
    fprintf(debugger->out, "there is no number '%s': vmexit-info lists them\n", *args);
    return NULL;
}

void handle_delete(struct debugger *debugger, const char *args)
{
    struct exit_watch *exits = &debugger->exits;
    struct exit_filter *filter;

    if (!*args) {
        exits->filter_count = 0;
        return;
    }
    filter = take_filter(debugger, &args);
    if (!filter)
        return;
    for (exits->filter_count--; filter < exits->filters + exits->filter_count; filter++)
        *filter = filter[1];
}

/* Enables or disables one filter, or all. */
static void able(struct debugger *debugger, const char *args, bool disabled)
{
    struct exit_filter *filter = *args ? take_filter(debugger, &args) : NULL;

    for (unsigned i = 0; i < debugger->exits.filter_count && !filter && !*args; i++)
        debugger->exits.filters[i].disabled = disabled;
    if (filter)
        filter->disabled = disabled;
}

void handle_enable(struct debugger *debugger, const char *args)
{
    able(debugger, args, false);
}

void handle_disable(struct debugger *debugger, const char *args)
{
    able(debugger, args, true);
}

void handle_condition(struct debugger *debugger, const char *args)
{
    struct exit_filter *filter = take_filter(debugger, &args);
    char name[64] = "any", text[sizeof(filter->text)];

    if (!filter)
        return;
    if (!filter->any_kind)
        sscanf(filter->text, "%63s", name);
    snprintf(text, sizeof(text), "%s%s%s", name, *args ? " if " : "", args);
    set_filter(debugger, filter, text);
}

void handle_ignore(struct debugger *debugger, const char *args)
{
    struct exit_filter *filter = take_filter(debugger, &args);
    char *rest;
    uint64_t count = strtoull(args, &rest, 10);

    if (!filter)
        return;
    if (rest == args || *rest) {
        fprintf(debugger->out, "vmexit-ignore N COUNT: a count was expected\n");
        return;
    }
    filter->ignored = count;
    filters_list(debugger);
}
