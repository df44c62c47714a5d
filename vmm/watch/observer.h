/* Those who watch the exits: --trace, --trace=FILE and --stats. None of them when nobody asks. */
#ifndef VMM_WATCH_OBSERVER_H
#define VMM_WATCH_OBSERVER_H

#include "core/vm.h"

#include <stdio.h>

enum stats_format { STATS_NONE, STATS_TABLE, STATS_JSON };

/* What is asked for. */
struct observer_options {
    FILE *log;               /* where the VMM's own words go */
    bool trace;              /* a line an exit to log */
    FILE *events;            /* Chrome trace events, or NULL */
    enum stats_format stats; /* a summary at the end */
};

/* Returns an observer for vm, which owns the streams in options, or NULL without memory. */
struct observer *observer_create(struct vm *vm, const struct observer_options *options);

/*
 * The three moments of a round: before VM entry, after VM exit, and after serving it. A
 * vCPU may be entered several times before it exits. Times are the host's; where time is
 * virtual, the guest's, so that two runs show the same.
 */
void observer_entry(struct observer *observer, struct vcpu *vcpu);
void observer_exit(struct observer *observer, struct vcpu *vcpu);
void observer_served(struct observer *observer, struct vcpu *vcpu);

/* Writes the summaries and frees the observer; NULL is allowed.
 * Returns 0, or a status after fail() if the events could not be written. */
int observer_finish(struct observer *observer);

#endif
