/* What watches the exits, behind observer.h: a trace, events, statistics. */
#ifndef WATCH_WATCH_H
#define WATCH_WATCH_H

#include "core/vm.h"

#include <stdio.h>

/* When a vCPU was entered, exited, and had its exit handled, in ns. */
struct exit_times {
    uint64_t number;   /* of the exit among those shown, from 1 */
    uint64_t start_ns; /* when watching began */
    uint64_t entry_ns, exit_ns, handled_ns;
};

/* Writes "DBCN.console_write(num_bytes=12, base_addr_lo=0x101000) = 12", or what else an
 * exit is, to text (size bytes). result: whether the guest sees one. */
void describe_exit(const struct vm_exit *exit, bool result, char *text, size_t size);

/* The name of an exit kind, as in exits.def. */
const char *exit_kind_name(enum exit_kind kind);

/* trace.c: one line an exit. */
void trace_line(FILE *out, const struct vcpu *vcpu, const struct exit_times *times);

/* events.c: the Chrome trace event format, which Perfetto opens.
 * events_end closes out. Returns 0, or a status after fail(). */
void events_begin(FILE *out, const struct vm *vm);
void events_add(FILE *out, const struct vcpu *vcpu, const struct exit_times *times);
int events_end(FILE *out);

/* stats.c: counts and times by exit kind and by hypercall. */
struct stats *stats_create(void); /* NULL: out of memory */
void stats_add(struct stats *stats, const struct vcpu *vcpu, const struct exit_times *times);
void stats_print(const struct stats *stats, FILE *out, bool json, const struct vm *vm);

#endif
