/* Takes the time of each round and hands it to those who watch. */
#include "observer.h"

#include "core/platform.h"
#include "watch.h"

#include <stdlib.h>

struct observer {
    struct vm *vm;
    struct observer_options options;
    struct stats *stats;
    uint64_t rounds;
    struct round round[VCPU_MAX]; /* of each vCPU, the one it is in */
};

#define NS_PER_S 1000000000ull

static uint64_t now(struct vcpu *vcpu)
{
    const struct vm *vm = vcpu->vm;

    if (vm->virtual_time)
        return vm->backend->time(vcpu) * (NS_PER_S / vm->backend->frequency(vcpu));
    return host_now();
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
        observer->round[i].start_ns = now(&vm->vcpus[i]);
    observer->stats = stats;
    if (options->events)
        events_begin(options->events, vm);
    return observer;
}

void observer_entry(struct observer *observer, struct vcpu *vcpu)
{
    struct round *round = &observer->round[vcpu->id];

    if (round->entry_ns <= round->served_ns)
        round->entry_ns = now(vcpu);
}

void observer_exit(struct observer *observer, struct vcpu *vcpu)
{
    observer->round[vcpu->id].exit_ns = now(vcpu);
}

void observer_served(struct observer *observer, struct vcpu *vcpu)
{
    const struct observer_options *options = &observer->options;
    struct round *round = &observer->round[vcpu->id];

    round->number = ++observer->rounds;
    round->served_ns = now(vcpu);
    if (observer->stats)
        stats_add(observer->stats, vcpu, round);
    if (options->trace)
        trace_line(options->log, vcpu, round);
    if (options->events)
        events_add(options->events, vcpu, round);
}

int observer_finish(struct observer *observer)
{
    int status = 0;

    if (!observer)
        return 0;
    if (observer->options.events)
        status = events_end(observer->options.events);
    if (observer->stats)
        stats_print(observer->stats, observer->options.log, observer->options.stats == STATS_JSON,
                    observer->vm);
    fclose(observer->options.log);
    free(observer->stats);
    free(observer);
    return status;
}
