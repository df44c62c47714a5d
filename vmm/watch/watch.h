/* What watches the exits, behind observer.h: a trace, events, statistics. */
#ifndef VMM_WATCH_WATCH_H
#define VMM_WATCH_WATCH_H

#include "core/vm.h"

#include <stdio.h>

/* One round of the run loop. Host times in ns. */
struct round {
    uint64_t number;   /* from 1 */
    uint64_t start_ns; /* when watching began */
    uint64_t entry_ns, exit_ns, served_ns;
};

/* Writes "DBCN.console_write(num_bytes=12, base_addr_lo=0x101000) = 12", or what else an
 * exit is, to text (size bytes). result: whether the guest sees one. */
void describe_exit(const struct vm_exit *exit, bool result, char *text, size_t size);

/* The name of an exit kind, as in exits.def. */
const char *exit_kind_name(enum exit_kind kind);

/* trace.c: one line an exit. */
void trace_line(FILE *out, const struct vcpu *vcpu, const struct round *round);

/* events.c: the Chrome trace event format, which Perfetto opens.
 * events_end closes out. Returns 0, or a status after fail(). */
void events_begin(FILE *out, const struct vm *vm);
void events_add(FILE *out, const struct vcpu *vcpu, const struct round *round);
int events_end(FILE *out);

/* stats.c: counts and times by exit kind and by hypercall. */
struct stats *stats_create(void); /* NULL: out of memory */
void stats_add(struct stats *stats, const struct vcpu *vcpu, const struct round *round);
void stats_print(const struct stats *stats, FILE *out, bool json, const struct vm *vm);

#endif
