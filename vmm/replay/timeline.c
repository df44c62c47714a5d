#include "timeline.h"

#include "journal.h"
#include "watch/labels.h"

#include <stdlib.h>
#include <string.h>

#ifndef MOMENTS_MAX
#define MOMENTS_MAX 256

/* A page takes about as long to be kept as this many instructions, thirty times over: so keeping
 * them costs a thirtieth. */
#define INSNS_PER_BYTE 8
#endif
#define BYTES_MAX (UINT64_C(512) << 20)

/* What of a VM and its vCPUs a snapshot holds, besides the back end's. */
struct moment {
    struct moment *former;
    struct snapshot *machine;
    bool branch; /* what came before does not lead here */
    unsigned turn;
    uint64_t random, exit_count, insn_count, exit_numbers, output;
    size_t journal;
    void *labels;
    struct vcpu vcpus[];
};

struct timeline {
    struct moment *latest;
    unsigned count;
};

static position_t position_at(const struct vcpu *vcpus, unsigned count, uint64_t insns)
{
    bool unserved = false;

    for (unsigned i = 0; i < count; i++)
        unserved |= vcpus[i].unserved;
    return position_of(insns, unserved);
}

position_t timeline_now(const struct vm *vm)
{
    return position_at(vm->vcpus, vm->vcpu_count, vm->insn_count);
}

static bool save(struct vm *vm, bool branch)
{
    struct timeline *timeline = vm->timeline;
    size_t vcpus = vm->vcpu_count * sizeof(vm->vcpus[0]);
    struct moment *moment = calloc(1, sizeof(*moment) + vcpus);

    if (!moment)
        return false;
    *moment = (struct moment){
        .former = timeline->latest,
        .branch = branch,
        .turn = vm->turn,
        .random = vm->random,
        .exit_count = vm->exit_count,
        .insn_count = vm->insn_count,
        .exit_numbers = vm->exit_numbers,
        .output = vm->output,
        .journal = journal_position(vm->journal),
        .labels = labels_save(vm),
        .machine = vm->backend->debug->save(vm),
    };
    memcpy(moment->vcpus, vm->vcpus, vcpus);
    if (!moment->machine) {
        free(moment->labels);
        free(moment);
        return false;
    }
    timeline->latest = moment;
    timeline->count++;
    return true;
}

static void free_moment(struct timeline *timeline, struct moment *moment)
{
    free(moment->labels);
    free(moment);
    timeline->count--;
}

struct timeline *timeline_create(struct vm *vm)
{
    vm->timeline = calloc(1, sizeof(*vm->timeline));
    if (vm->timeline && !save(vm, true)) {
        free(vm->timeline);
        vm->timeline = NULL;
    }
    return vm->timeline;
}

void timeline_free(struct vm *vm)
{
    struct timeline *timeline = vm->timeline;

    while (timeline && timeline->latest) {
        struct moment *moment = timeline->latest;

        timeline->latest = moment->former;
        free_moment(timeline, moment); /* the back end frees its own */
    }
    free(timeline);
    vm->timeline = NULL;
}

/* Forgets every second one, but the first, and those where a branch begins. */
static void thin_out(struct vm *vm)
{
    struct timeline *timeline = vm->timeline;

    for (struct moment *latter = timeline->latest; latter; latter = latter->former) {
        struct moment *moment = latter->former;

        if (!moment || !moment->former)
            return;
        if (moment->branch)
            continue;
        vm->backend->debug->merge(vm, moment->former->machine, moment->machine);
        latter->former = moment->former;
        free_moment(timeline, moment);
    }
}

static uint64_t bytes_kept(const struct vm *vm)
{
    uint64_t bytes = 0;

    for (const struct moment *moment = vm->timeline->latest; moment; moment = moment->former)
        bytes += vm->backend->debug->size(moment->machine);
    return bytes;
}

void timeline_tick(struct vm *vm)
{
    struct timeline *timeline = vm->timeline;
    const struct moment *latest = timeline->latest;

    if (!vm->at_mark)
        return;
    vm->at_mark = false;
    if (vm->insn_count - latest->insn_count <
        INSNS_PER_BYTE * vm->backend->debug->size(latest->machine))
        return;
    if (timeline->count >= MOMENTS_MAX || bytes_kept(vm) > BYTES_MAX)
        thin_out(vm);
    save(vm, false); /* without memory the way back is longer, no more */
}

/* What comes now has not been before, whatever has been. */
static void new_future(struct vm *vm)
{
    vm->output_shown = vm->output;
    journal_cut(vm->journal);
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        vm->vcpus[i].exit_shown = vm->vcpus[i].exit_number - (vm->vcpus[i].unserved ? 1 : 0);
}

void timeline_branch(struct vm *vm)
{
    new_future(vm);
    save(vm, true);
}

static bool restore(struct vm *vm, const struct moment *moment)
{
    bool whole = vm->backend->debug->rewind(vm, moment->machine);

    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        struct vcpu now = vm->vcpus[i];

        vm->vcpus[i] = moment->vcpus[i];
        vm->vcpus[i].step = now.step; /* the debugger's orders are not the guest's state */
        vm->vcpus[i].insns_until = now.insns_until;
        vm->vcpus[i].interrupts_wait = now.interrupts_wait;
        vm->vcpus[i].thread = now.thread;
        vm->vcpus[i].exit_shown = now.exit_shown; /* nor is what others have seen of it */
    }
    vm->turn = moment->turn;
    vm->random = moment->random;
    vm->exit_count = moment->exit_count;
    vm->insn_count = moment->insn_count;
    vm->exit_numbers = moment->exit_numbers;
    vm->output = moment->output;
    vm->stopped = false;
    vm->at_mark = false;
    labels_restore(vm, moment->labels);
    journal_go_back(vm->journal, moment->journal);
    return whole;
}

/* Before a branch things were as if it had not been. */
static void forget_latest(struct vm *vm)
{
    struct timeline *timeline = vm->timeline;
    struct moment *latest = timeline->latest;

    if (latest->branch) {
        new_future(vm);
    }
    timeline->latest = latest->former;
    vm->backend->debug->drop(vm, latest->machine);
    free_moment(timeline, latest);
}

/* Goes back by one moment after the other while the latest is too late. */
static position_t go_back(struct vm *vm, bool (*too_late)(const struct moment *, const void *),
                          const void *context)
{
    struct timeline *timeline = vm->timeline;

    for (;;) {
        if (!restore(vm, timeline->latest))
            return UINT64_MAX;
        if (!timeline->latest->former || !too_late(timeline->latest, context))
            return timeline_now(vm);
        forget_latest(vm);
    }
}

struct goal {
    position_t position;
    unsigned vcpu, vcpu_count;
    uint64_t insns;
};

static bool is_behind(const struct moment *moment, const void *context)
{
    const struct goal *goal = context;

    return position_at(moment->vcpus, goal->vcpu_count, moment->insn_count) > goal->position;
}

position_t timeline_go_back(struct vm *vm, position_t position)
{
    const struct goal goal = {.position = position, .vcpu_count = vm->vcpu_count};

    return go_back(vm, is_behind, &goal);
}

static bool is_behind_for_vcpu(const struct moment *moment, const void *context)
{
    const struct goal *goal = context;

    return moment->vcpus[goal->vcpu].insns > goal->insns;
}

position_t timeline_go_back_for(struct vm *vm, unsigned vcpu, uint64_t insns)
{
    const struct goal goal = {.vcpu = vcpu, .insns = insns};

    return go_back(vm, is_behind_for_vcpu, &goal);
}
