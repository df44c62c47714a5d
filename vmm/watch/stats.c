/* SPDX-License-Identifier: MIT */
/*
 * --stats: prints counts and times by exit kind and by hypercall, and the kernel's own counters,
 * as a table or as JSON.
 */
#include "core/hypercall.h"
#include "watch.h"

#include <inttypes.h>
#include <stdlib.h>

struct tally {
    uint64_t count;
    uint64_t guest_ns; /* in the guest, before the exit */
    uint64_t vmm_ns;   /* in the VMM, handling it */
};

struct stats {
    struct tally total;
    struct tally kinds[EXIT_KIND_COUNT];
    struct tally unknown; /* hypercalls that are not in the table */
    struct tally calls[]; /* call_count of them */
};

struct stats *stats_create(void)
{
    return calloc(1, sizeof(struct stats) + call_count * sizeof(struct tally));
}

static void count(struct tally *tally, const struct exit_times *times)
{
    tally->count++;
    tally->guest_ns += times->exit_ns - times->entry_ns;
    tally->vmm_ns += times->handled_ns - times->exit_ns;
}

void stats_add(struct stats *stats, const struct vcpu *vcpu, const struct exit_times *times)
{
    const struct vm_exit *exit = &vcpu->exit;

    count(&stats->total, times);
    count(&stats->kinds[exit->kind], times);
    if (exit->kind == EXIT_HYPERCALL)
        count(exit->hypercall.call ? &stats->calls[exit->hypercall.call - calls] : &stats->unknown,
              times);
}

/* Writes a row, of the table or of the JSON. Both have the same rows. */
typedef void put_row(FILE *out, const char *group, const char *name, const struct tally *tally,
                     const struct tally *total);

static void put_table_row(FILE *out, const char *group, const char *name, const struct tally *tally,
                          const struct tally *total)
{
    (void)group;
    fprintf(out, "%-28s %10" PRIu64 " %6.1f%% %12.1f %12.1f\n", name, tally->count,
            total->count ? 100.0 * (double)tally->count / (double)total->count : 0,
            (double)tally->vmm_ns / 1e3, (double)tally->guest_ns / 1e3);
}

static void put_json_row(FILE *out, const char *group, const char *name, const struct tally *tally,
                         const struct tally *total)
{
    fprintf(out,
            "%s\n {\"group\":\"%s\",\"name\":\"%s\",\"count\":%" PRIu64 ",\"vmm_ns\":%" PRIu64
            ",\"guest_ns\":%" PRIu64 "}",
            tally == total ? "" : ",", group, name, tally->count, tally->vmm_ns, tally->guest_ns);
}

static void put_kinds(const struct stats *stats, FILE *out, put_row *put)
{
    for (unsigned i = 0; i < EXIT_KIND_COUNT; i++)
        if (stats->kinds[i].count)
            put(out, "exit", exit_kind_name((enum exit_kind)i), &stats->kinds[i], &stats->total);
}

static void put_calls(const struct stats *stats, FILE *out, put_row *put)
{
    char name[64];

    for (size_t i = 0; i < call_count; i++) {
        if (!stats->calls[i].count)
            continue;
        snprintf(name, sizeof(name), "%s.%s", calls[i].extension, calls[i].name);
        put(out, "call", name, &stats->calls[i], &stats->total);
    }
    if (stats->unknown.count)
        put(out, "call", "unknown", &stats->unknown, &stats->total);
}

/* Adds a vCPU's counters to the sums, and frees them. */
static void add_counters(struct counter *sums, struct counter *counters)
{
    for (size_t i = 0; counters && counters[i].name[0]; i++)
        sums[i].value += counters[i].value;
    free(counters);
}

/* Returns the kernel's counters, summed over the vCPUs; the caller frees them. NULL: there are
 * none. */
static struct counter *sum_counters(const struct vm *vm)
{
    const struct backend *backend = vm->backend;
    struct counter *sums = backend->counters ? backend->counters(&vm->vcpus[0]) : NULL;

    for (unsigned i = 1; sums && i < vm->vcpu_count; i++)
        add_counters(sums, backend->counters(&vm->vcpus[i]));
    return sums;
}

static void put_json_counters(FILE *out, const struct vm *vm)
{
    struct counter *sums = sum_counters(vm);
    const char *separator = "";

    if (!sums)
        return;
    fprintf(out, "\"kernel\":{");
    for (const struct counter *sum = sums; sum->name[0]; sum++) {
        if (sum->value == 0)
            continue;
        fprintf(out, "%s\"%s\":%" PRIu64, separator, sum->name, sum->value);
        separator = ",";
    }
    fprintf(out, "},");
    free(sums);
}

static void put_table_counters(FILE *out, const struct vm *vm)
{
    struct counter *sums = sum_counters(vm);

    if (!sums)
        return;
    fprintf(out, "%-28s %10s\n", "kernel", "count");
    for (const struct counter *sum = sums; sum->name[0]; sum++)
        if (sum->value)
            fprintf(out, "%-28s %10" PRIu64 "\n", sum->name, sum->value);
    free(sums);
}

static void print_json(const struct stats *stats, FILE *out, const struct vm *vm)
{
    fprintf(out, "{\"status\":%d,\"backend\":\"%s\",", vm->status, vm->backend->name);
    if (vm->backend->slices)
        fprintf(out, "\"instructions\":%" PRIu64 ",", vm->insn_count);
    put_json_counters(out, vm);
    fprintf(out, "\"rows\":[");
    put_json_row(out, "total", "all", &stats->total, &stats->total);
    put_kinds(stats, out, put_json_row);
    put_calls(stats, out, put_json_row);
    fprintf(out, "\n]}\n");
}

static void print_heading(FILE *out, const char *group)
{
    fprintf(out, "%-28s %10s %7s %12s %12s\n", group, "count", "share", "VMM us", "guest us");
}

static void print_table(const struct stats *stats, FILE *out, const struct vm *vm)
{
    if (vm->backend->slices)
        fprintf(out, "%" PRIu64 " instructions\n", vm->insn_count);
    print_heading(out, "exit");
    put_kinds(stats, out, put_table_row);
    put_table_row(out, "total", "total", &stats->total, &stats->total);
    if (stats->kinds[EXIT_HYPERCALL].count) {
        print_heading(out, "call");
        put_calls(stats, out, put_table_row);
    }
    put_table_counters(out, vm);
}

void stats_print(const struct stats *stats, FILE *out, bool json, const struct vm *vm)
{
    if (json)
        print_json(stats, out, vm);
    else
        print_table(stats, out, vm);
}
