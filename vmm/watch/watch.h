/* SPDX-License-Identifier: MIT */
/* The observer's outputs: trace, events, statistics. */
#ifndef WATCH_WATCH_H
#define WATCH_WATCH_H

#include "core/vm.h"

#include <stdio.h>

/* The times of an exit, in ns. */
struct exit_times {
    uint64_t number;     /* counts the exits that are shown, from 1 */
    uint64_t start_ns;   /* of the run */
    uint64_t entry_ns;   /* of the VM entry before it */
    uint64_t exit_ns;    /* of the VM exit */
    uint64_t handled_ns; /* when the VMM had handled it */
    bool entered;        /* events.c: a slice "guest" is open */
};

/* Describes an exit, such as "DBCN.console_write(num_bytes=12, base_addr_lo=0x101000) = 12", in
 * text (size bytes). result: with the call's result; false: the guest sees none. */
void describe_exit(const struct vm_exit *exit, bool result, char *text, size_t size);

/* Returns the name of an exit kind, as in exits.def. */
const char *exit_kind_name(enum exit_kind kind);

/* trace.c: writes a line for an exit. */
void trace_line(FILE *out, const struct vcpu *vcpu, const struct exit_times *times);

/* events.c: write the Chrome trace event format, which Perfetto opens. times: for events_end, an
 * element for each of vcpu_count vCPUs. */
void events_begin(FILE *out, const struct vm *vm);
void events_add(FILE *out, const struct vcpu *vcpu, struct exit_times *times);
void events_end(FILE *out, struct exit_times *times, unsigned vcpu_count);

/* stats.c: sum counts and times by exit kind and by hypercall. stats_create returns NULL without
 * memory; the caller frees the result with free(). */
struct stats *stats_create(void);
void stats_add(struct stats *stats, const struct vcpu *vcpu, const struct exit_times *times);
void stats_print(const struct stats *stats, FILE *out, bool json, const struct vm *vm);

#endif
