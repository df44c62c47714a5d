/* SPDX-License-Identifier: MIT */
/* Takes the times of each exit. Passes them to trace, events and statistics. */
#include "observer.h"

#include "core/hooks.h"
#include "core/platform.h"
#include "watch.h"

#include <errno.h>
#include <stdlib.h>

#define NS_PER_S 1000000000ull

struct observer {
    struct hooks hooks;
    struct vm *vm;
    struct observer_options options;
    struct stats *stats;
    uint64_t exits;                    /* shown so far */
    struct exit_times times[VCPU_MAX]; /* per vCPU: of its present exit */
};

/* Returns the host's time in ns. In virtual time, returns the guest's, so that two runs show the
 * same. */
static uint64_t now(struct vcpu *vcpu)
{
    const struct vm *vm = vcpu->vm;

    if (vm->virtual_time)
        return vm->backend->time(vcpu) * (NS_PER_S / vm->backend->frequency(vcpu));
    return host_now();
}

static struct observer *of(struct hooks *hooks)
{
    return (struct observer *)hooks; /* its first member */
}

/* Keeps the time of the first entry since the last handled exit: a vCPU may be entered several
 * times before its next exit. */
static void at_entry(struct hooks *hooks, struct vcpu *vcpu)
{
    struct exit_times *times = &of(hooks)->times[vcpu->id];

    if (times->entry_ns <= times->handled_ns)
        times->entry_ns = now(vcpu);
}

static bool at_exit(struct hooks *hooks, struct vcpu *vcpu)
{
    of(hooks)->times[vcpu->id].exit_ns = now(vcpu);
    return true;
}

static void at_result(struct hooks *hooks, struct vcpu *vcpu)
{
    struct observer *observer = of(hooks);
    const struct observer_options *options = &observer->options;
    struct exit_times *times = &observer->times[vcpu->id];

    if (vcpu->vm->repeating || (vcpu->waiting && !vcpu->vm->stopped) ||
        (options->no_kicks && vcpu->exit.kind == EXIT_KICK))
        return;
    times->number = ++observer->exits;
    times->handled_ns = now(vcpu);
    if (observer->stats)
        stats_add(observer->stats, vcpu, times);
    if (options->trace)
        trace_line(options->log, vcpu, times);
    if (options->events)
        events_add(options->events, vcpu, times);
}

struct observer *observer_create(struct vm *vm, const struct observer_options *options)
{
    struct observer *observer = calloc(1, sizeof(*observer));
    struct stats *stats = options->stats == STATS_NONE ? NULL : stats_create();

    if (!observer || (options->stats != STATS_NONE && !stats)) {
        free(observer);
        free(stats);
        return NULL;
    }
    observer->vm = vm;
    observer->options = *options;
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        observer->times[i].start_ns = now(&vm->vcpus[i]);
    observer->stats = stats;
    if (options->events)
        events_begin(options->events, vm);
    observer->hooks = (struct hooks){
        .events = HOOK_ENTER | HOOK_EXIT | HOOK_HANDLED,
        .enter = at_entry,
        .exited = at_exit,
        .handled = at_result,
    };
    hooks_add(vm, &observer->hooks);
    return observer;
}

int observer_finish(struct observer *observer)
{
    const struct observer_options *options;
    int status = 0;

    if (!observer)
        return 0;
    options = &observer->options;
    errno = 0;
    if (options->events) {
        events_end(options->events, observer->times, observer->vm->vcpu_count);
        status = close_output(options->events, "--trace");
    }
    if (observer->stats)
        stats_print(observer->stats, options->log, options->stats == STATS_JSON, observer->vm);
    if (options->log != stderr && !status)
        status = close_output(options->log, "--log");
    free(observer->stats);
    free(observer);
    return status;
}
