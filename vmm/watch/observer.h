/* SPDX-License-Identifier: MIT */
/* Shows the exits: --trace, --trace=FILE and --stats. Shows each exit once, also if gdb goes back
 * and the run repeats it. */
#ifndef WATCH_OBSERVER_H
#define WATCH_OBSERVER_H

#include "core/vm.h"

#include <stdio.h>

enum stats_format { STATS_NONE, STATS_TABLE, STATS_JSON };

struct observer_options {
    FILE *log;               /* receives the trace and the statistics; owned, if not stderr */
    bool trace;              /* write a line to log for each exit */
    FILE *events;            /* receives Chrome trace events; owned; NULL: none */
    enum stats_format stats; /* of the summary at the end */
    bool no_kicks;           /* do not show kicks: with --gdb, gdb causes them */
};

/* Makes an observer and registers its hooks. Returns NULL without memory. */
struct observer *observer_create(struct vm *vm, const struct observer_options *options);

/* Writes the summaries and frees the observer; NULL is allowed. Returns 0, or a status after fail()
 * if it could not write a file. */
int observer_finish(struct observer *observer);

#endif
