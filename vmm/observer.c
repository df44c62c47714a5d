/* Takes the time of each round and hands it to those who watch. */
#include "observer.h"

#include "platform.h"
#include "watch.h"

#include <stdlib.h>

struct observer {
    struct vm *vm;
    struct observer_options options;
    struct stats *stats;
    struct round round;
};

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
    observer->round.start_ns = host_now();
    observer->stats = stats;
    if (options->events)
        events_begin(options->events, vm);
    return observer;
}

void observer_entry(struct observer *observer)
{
    observer->round.entry_ns = host_now();
}

void observer_exit(struct observer *observer)
{
    observer->round.exit_ns = host_now();
}

void observer_served(struct observer *observer, const struct vcpu *vcpu)
{
    const struct observer_options *options = &observer->options;

    observer->round.number++;
    observer->round.served_ns = host_now();
    if (observer->stats)
        stats_add(observer->stats, vcpu, &observer->round);
    if (options->trace)
        trace_line(options->log, vcpu, &observer->round);
    if (options->events)
        events_add(options->events, vcpu, &observer->round);
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
