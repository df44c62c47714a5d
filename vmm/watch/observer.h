/* Watches the exits: --trace, --trace=FILE and --stats. Each exit is shown once. */
#ifndef WATCH_OBSERVER_H
#define WATCH_OBSERVER_H

#include "core/vm.h"

#include <stdio.h>

enum stats_format { STATS_NONE, STATS_TABLE, STATS_JSON };

struct observer_options {
    FILE *log;               /* for the trace and the statistics */
    bool trace;              /* a line an exit to log */
    FILE *events;            /* for Chrome trace events, or NULL; owned */
    enum stats_format stats; /* a summary at the end */
    bool no_kicks;           /* do not show kicks: gdb causes them */
};

/* Makes an observer and hooks it into the run. Returns NULL without memory. */
struct observer *observer_create(struct vm *vm, const struct observer_options *options);

/* Writes the summaries and frees the observer; NULL is allowed.
 * Returns 0, or a status after fail() if the events could not be written. */
int observer_finish(struct observer *observer);

#endif
