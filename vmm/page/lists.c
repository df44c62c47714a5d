/* SPDX-License-Identifier: MIT */
/* What the page shows of the whole run: lists of exits, and lanes of harts. */
#include "page.h"

#include "core/hypercall.h"
#include "watch/watch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Exits ---- */

static const char *call_name(const struct entry *entry, char *text, size_t size)
{
    const struct call *call =
        entry->kind == EXIT_HYPERCALL ? hypercall_find(entry->eid, entry->fid) : NULL;

    if (call)
        snprintf(text, size, "%s.%s", call->extension, call->name);
    else
        snprintf(text, size, "%s", exit_kind_name((enum exit_kind)entry->kind));
    return text;
}

/* Returns the colour's number of an exit: see web/lanes.js. */
static unsigned colour_of(const struct entry *entry)
{
    switch (entry->kind) {
    case EXIT_HYPERCALL:
        break;
    case EXIT_HALT:
        return 2;
    case EXIT_PIO:
    case EXIT_MMIO:
        return 5;
    default:
        return 6;
    }
    switch (entry->eid) {
    case EID_DBCN:
    case EID_LEGACY_console_putchar:
    case EID_LEGACY_console_getchar:
        return 1;
    case EID_TIME:
    case EID_LEGACY_set_timer:
        return 2;
    case EID_HSM:
    case EID_IPI:
    case EID_RFENCE:
        return 3;
    case EID_LAB:
        return entry->fid == FID_LAB_trap_exit ? 6 : entry->fid == FID_LAB_wait ? 2 : 4;
    default:
        return 4;
    }
}

static void put_entry(FILE *out, uint64_t number)
{
    const struct entry *entry = log_entry(&page.log, number);
    const struct call *call =
        entry->kind == EXIT_HYPERCALL ? hypercall_find(entry->eid, entry->fid) : NULL;
    char name[64];

    fprintf(out,
            "{\"number\":%" PRIu64 ",\"hart\":%u,\"kind\":\"%s\",\"colour\":%u,\"name\":", number,
            entry->vcpu, exit_kind_name((enum exit_kind)entry->kind), colour_of(entry));
    text_string(out, call_name(entry, name, sizeof(name)));
    fprintf(out, ",\"text\":");
    text_exit(out, entry);
    fprintf(out,
            ",\"insns\":%" PRIu64 ",\"time\":%" PRIu64 ",\"until\":%" PRIu64
            ",\"handled\":%s,\"error\":%d,\"value\":\"%" PRId64 "\",\"output\":%u,\"args\":[",
            entry->insns, entry->time, entry->handled_at, entry->handled ? "true" : "false",
            entry->error, entry->value, entry->output);
    for (unsigned i = 0; call && i < call->nargs; i++)
        fprintf(out, "%s[\"%s\",\"0x%" PRIx64 "\",%d]", i ? "," : "", call->args[i].name,
                entry->args[i], call->args[i].kind);
    fprintf(out, "],\"at\":");
    text_place(out, entry->pc);
    if (entry->author) {
        fprintf(out, ",\"author\":");
        text_place(out, entry->author);
    }
    fputc('}', out);
}

/* What a filter takes: the names that have its text. */
struct filter {
    bool kinds[EXIT_KIND_COUNT]; /* of hypercalls: those that this VMM does not know */
    bool *calls;                 /* by row of the table */
};

static struct filter filter_of(const char *text)
{
    struct filter filter = {.calls = calloc(call_count, sizeof(bool))};

    for (int kind = 0; kind < EXIT_KIND_COUNT; kind++)
        filter.kinds[kind] = strstr(exit_kind_name((enum exit_kind)kind), text) != NULL;
    for (size_t i = 0; filter.calls && i < call_count; i++) {
        char name[64];

        snprintf(name, sizeof(name), "%s.%s", calls[i].extension, calls[i].name);
        filter.calls[i] = strstr(name, text) != NULL;
    }
    return filter;
}

static bool takes(const struct filter *filter, uint64_t number)
{
    const struct entry *entry = log_entry(&page.log, number);
    const struct call *call =
        entry->kind == EXIT_HYPERCALL ? hypercall_find(entry->eid, entry->fid) : NULL;

    return call && filter->calls ? filter->calls[call - calls] : filter->kinds[entry->kind];
}

/* Writes up to `count` exits from a number on whose names have the text at `filter`. */
EXPORT(page_exits) const char *page_exits(double from, unsigned count, const char *text)
{
    const struct filter filter = filter_of(text);
    const char *separator = "";
    FILE *out = text_begin();

    fprintf(out, "[");
    for (uint64_t i = from > 1 ? (uint64_t)from : 1; i <= page.log.count && count > 0; i++) {
        if (!takes(&filter, i))
            continue;
        fprintf(out, "%s", separator);
        put_entry(out, i);
        separator = ",";
        count--;
    }
    fprintf(out, "]");
    free(filter.calls);
    return text_end();
}

/* Returns the next exit after a number, or the last before it, that the filter takes; 0: none. */
EXPORT(page_find_exit) double page_find_exit(double from, bool back, const char *text)
{
    const struct filter filter = filter_of(text);
    const uint64_t count = page.log.count, start = (uint64_t)from;
    uint64_t at = back ? (start < count + 1 ? start : count + 1) - 1 : start + 1;

    while (at >= 1 && at <= count && !takes(&filter, at))
        at += back ? UINT64_MAX : 1;
    free(filter.calls);
    return at >= 1 && at <= count ? (double)at : 0;
}

/* Returns how many exits the filter takes. */
EXPORT(page_count_exits) double page_count_exits(const char *text)
{
    const struct filter filter = filter_of(text);
    uint64_t count = *text ? 0 : page.log.count;

    for (uint64_t i = 1; *text && i <= page.log.count; i++)
        count += takes(&filter, i);
    free(filter.calls);
    return (double)count;
}

/* Returns the exit that has written a byte of output, by the byte's offset; 0: none is known. */
EXPORT(page_exit_of_output) double page_exit_of_output(double offset)
{
    uint64_t low = 1, high = page.log.count + 1;

    while (low < high) { /* the first exit with more output */
        const uint64_t middle = low + (high - low) / 2;
        const struct entry *entry = log_entry(&page.log, middle);

        if (entry->output > offset || !entry->handled)
            high = middle;
        else
            low = middle + 1;
    }
    return low <= page.log.count ? (double)low : 0;
}

/* Returns the last exit that was made before a position. */
EXPORT(page_exit_before) double page_exit_before(double position)
{
    return (double)log_before(&page.log, (position_t)position);
}

EXPORT(page_output) const uint8_t *page_output(void)
{
    return page.log.output;
}

/* ---- Lanes ---- */

/* A column of a lane, as web/lanes.js reads it. */
struct cell {
    /* cppcheck-suppress unusedStructMember */
    uint8_t ran, slept; /* of 255: the part of its time in which the hart did */
    uint8_t colour;     /* of most of its exits; 0: it has none */
    uint8_t exits;      /* as many as that, at most 255 */
};

enum axis { AXIS_INSNS, AXIS_TIME };

struct lanes {
    enum axis axis;
    double from, scale; /* columns = (value - from) * scale */
    unsigned columns;
    float *ran, *slept; /* a hart after the other */
    uint32_t *exits;    /* by hart and column: a count for each colour */
};

#define COLOURS 8

static void cover(const struct lanes *lanes, float *lane, uint64_t from, uint64_t to)
{
    double start = ((double)from - lanes->from) * lanes->scale;
    double end = ((double)to - lanes->from) * lanes->scale;

    start = start > 0 ? start : 0;
    end = end < lanes->columns ? end : lanes->columns;
    for (unsigned i = (unsigned)start; i < end; i++)
        lane[i] += (float)((end < i + 1 ? end : i + 1) - (start > i ? start : i));
}

static void add_turns(const struct lanes *lanes)
{
    const struct log *log = &page.log;

    for (uint64_t i = 0; i < log->turn_count; i++) {
        const struct turn *turn = &log->turns[i];
        float *lane = lanes->ran + (size_t)turn->vcpu * lanes->columns;

        const bool time = lanes->axis == AXIS_TIME;

        cover(lanes, lane, time ? turn->time : turn->insns,
              time ? turn->end_time : turn->end_insns);
    }
}

static void add_exits(const struct lanes *lanes)
{
    for (uint64_t number = 1; number <= page.log.count; number++) {
        const struct entry *entry = log_entry(&page.log, number);
        const uint64_t from = lanes->axis == AXIS_TIME ? entry->time : entry->insns;
        const uint64_t until = lanes->axis == AXIS_TIME ? entry->handled_at : entry->handled_insns;
        const double column = ((double)from - lanes->from) * lanes->scale;

        if (entry->waited && until > from)
            cover(lanes, lanes->slept + (size_t)entry->vcpu * lanes->columns, from, until);
        if (column >= 0 && column < lanes->columns)
            lanes->exits[(entry->vcpu * lanes->columns + (unsigned)column) * COLOURS +
                         colour_of(entry)]++;
    }
}

static uint8_t part(float value)
{
    return value >= 1 ? 255 : value > 0 && value < 1.0f / 255 ? 1 : (uint8_t)(value * 255);
}

static struct cell cell_of(const struct lanes *lanes, unsigned index)
{
    const uint32_t *exits = lanes->exits + index * COLOURS;
    struct cell cell = {part(lanes->ran[index]), part(lanes->slept[index]), 0, 0};

    for (unsigned colour = 1; colour < COLOURS; colour++)
        if (exits[colour] > 0 && exits[colour] >= (cell.colour ? exits[cell.colour] : 0))
            cell.colour = (uint8_t)colour;
    if (cell.colour)
        cell.exits = exits[cell.colour] < 255 ? (uint8_t)exits[cell.colour] : 255;
    return cell;
}

/* Writes the lanes of all harts between two values of the axis: columns of struct cell, a hart
 * after the other. Returns NULL without memory. */
EXPORT(page_lanes) const struct cell *page_lanes(int axis, double from, double to, unsigned columns)
{
    static struct cell *cells;
    const size_t count = (size_t)columns * page.vm.vcpu_count;
    struct lanes lanes = {.axis = axis == AXIS_TIME ? AXIS_TIME : AXIS_INSNS,
                          .from = from,
                          .scale = columns / (to > from ? to - from : 1),
                          .columns = columns};

    free(cells);
    cells = calloc(count, sizeof(*cells));
    lanes.ran = calloc(count, sizeof(*lanes.ran));
    lanes.slept = calloc(count, sizeof(*lanes.slept));
    lanes.exits = calloc(count * COLOURS, sizeof(*lanes.exits));
    if (cells && lanes.ran && lanes.slept && lanes.exits) {
        add_turns(&lanes);
        add_exits(&lanes);
        for (unsigned i = 0; i < count; i++)
            cells[i] = cell_of(&lanes, i);
    }
    free(lanes.ran);
    free(lanes.slept);
    free(lanes.exits);
    return cells;
}

/* Returns the position at a value of the axis: a hart's instruction there, or the end of a sleep.
 */
EXPORT(page_position_at) double page_position_at(int axis, double value)
{
    const struct log *log = &page.log;
    uint64_t low = 0, high = log->turn_count;
    const struct turn *turn;

    if (axis != AXIS_TIME)
        return (double)position_of(value > 0 ? (uint64_t)value : 0, false);
    while (low < high) { /* the first turn that ends after it */
        const uint64_t middle = low + (high - low) / 2;

        if ((double)log->turns[middle].end_time > value)
            high = middle;
        else
            low = middle + 1;
    }
    if (low == log->turn_count)
        return (double)page.head;
    turn = &log->turns[low];
    if (value <= (double)turn->time || turn->end_time == turn->time)
        return (double)position_of(turn->insns, false);
    return (double)position_of(turn->insns + (uint64_t)((value - (double)turn->time) /
                                                        (double)(turn->end_time - turn->time) *
                                                        (double)(turn->end_insns - turn->insns)),
                               false);
}
