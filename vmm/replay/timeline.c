/* SPDX-License-Identifier: MIT */
#include "timeline.h"

#include <stdlib.h>
#include <string.h>

#ifndef CHECKPOINTS_MAX /* a test sets both, to get many checkpoints soon */
#define CHECKPOINTS_MAX 256

/* A checkpoint is made after this many instructions for each byte of the last one. They take about
 * thirty times as long as saving the bytes: so checkpoints cost about 3 % of the time. */
#define INSNS_PER_BYTE 8
#endif
#define BYTES_MAX (UINT64_C(512) << 20) /* of all snapshots */

struct checkpoint {
    struct checkpoint *older;  /* of one that is ahead: the newer one */
    struct snapshot *snapshot; /* the back end's */
    bool branch;               /* gdb changed the guest here: the run before does not lead here */
    position_t position;
    uint8_t areas[]; /* copies of vm->areas, one after the other */
};

static position_t position_now(const struct vm *vm)
{
    bool pending = false;

    for (unsigned i = 0; i < vm->vcpu_count; i++)
        pending |= vm->vcpus[i].exit_pending;
    return position_of(vm->insn_count, pending);
}

position_t timeline_now(const struct timeline *timeline)
{
    return position_now(timeline->vm);
}

/* Returns a number that a checkpoint has of a state area, from the area's byte `offset`. */
static uint64_t saved_number(const struct checkpoint *checkpoint, const struct vm *vm,
                             const struct state_area *area, size_t offset)
{
    const uint8_t *at = checkpoint->areas;
    uint64_t number;

    for (const struct state_area *other = vm->areas; other != area; other = other->next)
        at += other->size;
    memcpy(&number, at + offset, sizeof(number));
    return number;
}

/* What is to be restored: the latest checkpoint that is not after it. */
struct goal {
    position_t position;
    const struct vcpu *vcpu; /* NULL: any; else the number of its instructions is a goal, too */
    uint64_t insns;          /* executed by vcpu */
    uint64_t exit;           /* the number of an exit; UINT64_MAX: any */
};

static uint64_t exits_at(const struct checkpoint *checkpoint, const struct vm *vm)
{
    return saved_number(checkpoint, vm, &vm->area,
                        offsetof(struct vm, exit_numbers) - offsetof(struct vm, turn));
}

static bool is_after(const struct timeline *timeline, const struct checkpoint *checkpoint,
                     const struct goal *goal)
{
    const struct vm *vm = timeline->vm;
    const struct vcpu *vcpu = goal->vcpu;

    if (vcpu &&
        saved_number(checkpoint, vm, &vcpu->area,
                     offsetof(struct vcpu, insns) - offsetof(struct vcpu, started)) > goal->insns)
        return true;
    return checkpoint->position > goal->position || exits_at(checkpoint, vm) >= goal->exit;
}

static bool save(struct timeline *timeline, bool branch)
{
    struct vm *vm = timeline->vm;
    struct checkpoint *checkpoint = calloc(1, sizeof(*checkpoint) + vm_state_size(vm));

    if (!checkpoint)
        return false;
    checkpoint->snapshot = timeline->inner->snapshots->save(vm);
    if (!checkpoint->snapshot) {
        free(checkpoint);
        return false;
    }
    vm_save_state(vm, checkpoint->areas);
    checkpoint->branch = branch;
    checkpoint->position = position_now(vm);
    checkpoint->older = timeline->latest;
    timeline->latest = checkpoint;
    timeline->count++;
    return true;
}

/* Frees every second checkpoint, except the first one and those where a branch begins. */
static void thin_out(struct timeline *timeline)
{
    for (struct checkpoint *newer = timeline->latest; newer; newer = newer->older) {
        struct checkpoint *checkpoint = newer->older;

        if (!checkpoint || !checkpoint->older)
            return;
        if (checkpoint->branch)
            continue;
        timeline->inner->snapshots->merge(timeline->vm, checkpoint->older->snapshot,
                                          checkpoint->snapshot);
        newer->older = checkpoint->older;
        free(checkpoint);
        timeline->count--;
    }
}

static uint64_t bytes_kept(const struct timeline *timeline)
{
    uint64_t bytes = 0;

    for (const struct checkpoint *at = timeline->latest; at; at = at->older)
        bytes += timeline->inner->snapshots->size(at->snapshot);
    return bytes;
}

uint64_t timeline_known_exits(const struct timeline *timeline)
{
    uint64_t number = timeline->vm->exit_numbers;

    for (const struct checkpoint *at = timeline->ahead; at; at = at->older)
        number = exits_at(at, timeline->vm);
    return number;
}

static void forget_ahead(struct timeline *timeline)
{
    struct checkpoint *ahead;

    while ((ahead = timeline->ahead)) {
        timeline->ahead = ahead->older;
        timeline->inner->snapshots->discard(ahead->snapshot);
        free(ahead);
    }
}

/* Makes the next checkpoint ahead the latest. */
static void take_ahead(struct timeline *timeline)
{
    struct checkpoint *ahead = timeline->ahead;

    timeline->ahead = ahead->older;
    ahead->older = timeline->latest;
    timeline->latest = ahead;
    timeline->count++;
}

/* The run has come to the next checkpoint ahead, or past it. */
static void pass_ahead(struct timeline *timeline)
{
    struct checkpoint *ahead = timeline->ahead;

    if (position_now(timeline->vm) > ahead->position) {
        forget_ahead(timeline);
        return;
    }
    timeline->inner->snapshots->join(timeline->vm, ahead->snapshot);
    take_ahead(timeline);
}

/* Makes a checkpoint, if the guest has executed enough since the last one. */
static void save_sometimes(struct timeline *timeline)
{
    const struct checkpoint *latest = timeline->latest;
    uint64_t since = timeline->vm->insn_count - position_insns(latest->position);

    timeline->snapshot_due = false;
    if (timeline->ahead) {
        if (position_now(timeline->vm) >= timeline->ahead->position)
            pass_ahead(timeline);
        return;
    }
    if (since < INSNS_PER_BYTE * timeline->inner->snapshots->size(latest->snapshot))
        return;
    if (timeline->count >= CHECKPOINTS_MAX || bytes_kept(timeline) > BYTES_MAX)
        thin_out(timeline);
    save(timeline, false); /* without it, going back only takes longer */
}

/* Forgets what an earlier run has done after this point: from here on the run is new. */
static void begin_branch(struct timeline *timeline)
{
    const struct vm *vm = timeline->vm;

    timeline->shown = timeline->output;
    journal_cut(timeline->journal);
    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        const struct vcpu *vcpu = &vm->vcpus[i];

        timeline->handled[i] = vcpu->exit_number - (vcpu->exit_pending || vcpu->waiting ? 1 : 0);
    }
}

void timeline_branch(struct timeline *timeline)
{
    forget_ahead(timeline);
    begin_branch(timeline);
    save(timeline, true);
}

static bool restore(struct timeline *timeline)
{
    const struct checkpoint *latest = timeline->latest;

    vm_load_state(timeline->vm, latest->areas);
    timeline->vm->stopped = false;
    timeline->snapshot_due = false;
    return timeline->inner->snapshots->restore(timeline->vm, latest->snapshot);
}

/* Goes back from the latest checkpoint to the one before. If a branch begins there, undoes it.
 * Returns false if the one before is lost. */
static bool go_back(struct timeline *timeline)
{
    struct checkpoint *from = timeline->latest;
    bool good;

    if (from->branch)
        begin_branch(timeline);
    good = timeline->inner->snapshots->go_back(timeline->vm, from->snapshot);
    timeline->latest = from->older;
    timeline->count--;
    vm_load_state(timeline->vm, timeline->latest->areas);
    from->older = timeline->ahead;
    timeline->ahead = from;
    if (from->branch) /* the run does not lead there */
        forget_ahead(timeline);
    return good;
}

static void go_ahead(struct timeline *timeline)
{
    timeline->inner->snapshots->go_ahead(timeline->vm, timeline->ahead->snapshot);
    take_ahead(timeline);
    vm_load_state(timeline->vm, timeline->latest->areas);
}

static position_t restore_goal(struct timeline *timeline, const struct goal *goal)
{
    bool good = restore(timeline);

    while (good && timeline->latest->older && is_after(timeline, timeline->latest, goal))
        good = go_back(timeline);
    while (good && timeline->ahead && !is_after(timeline, timeline->ahead, goal))
        go_ahead(timeline);
    return good ? timeline_now(timeline) : UINT64_MAX;
}

position_t timeline_restore(struct timeline *timeline, position_t position)
{
    return restore_goal(timeline, &(struct goal){.position = position, .exit = UINT64_MAX});
}

position_t timeline_restore_vcpu(struct timeline *timeline, const struct vcpu *vcpu, uint64_t insns)
{
    return restore_goal(
        timeline,
        &(struct goal){.position = UINT64_MAX, .vcpu = vcpu, .insns = insns, .exit = UINT64_MAX});
}

position_t timeline_restore_exit(struct timeline *timeline, uint64_t number)
{
    return restore_goal(timeline, &(struct goal){.position = UINT64_MAX, .exit = number});
}

bool timeline_jump_to_exit(struct timeline *timeline, uint64_t number)
{
    const struct goal goal = {.position = UINT64_MAX, .exit = number};

    return timeline->ahead && !is_after(timeline, timeline->ahead, &goal) &&
           restore_goal(timeline, &goal) != UINT64_MAX;
}

bool timeline_restart(struct timeline *timeline)
{
    const bool restored = timeline_restore(timeline, 0) != UINT64_MAX;

    forget_ahead(timeline); /* its output is not shown by a jump */
    timeline->shown = 0;
    return restored;
}

/* ---- Back end, console and hooks ---- */

static struct timeline *timeline_of(const struct vm *vm)
{
    return (struct timeline *)vm->backend; /* its first member */
}

static enum ran run(struct vcpu *vcpu)
{
    struct timeline *timeline = timeline_of(vcpu->vm);
    enum ran ran;

    if (timeline->snapshot_due && !rewind_is_active(timeline))
        save_sometimes(timeline);
    vcpu->orders.insns_until = rewind_limit(timeline, vcpu);
    ran = timeline->inner->run(vcpu);
    timeline->snapshot_due = ran == RAN_TO_SNAPSHOT;
    return ran;
}

/* Passes on the bytes that were not shown yet. */
static bool write_new(struct console *console, struct vcpu *vcpu, const void *bytes, size_t size)
{
    struct timeline *timeline = timeline_of(vcpu->vm);
    uint64_t repeated = timeline->shown - timeline->output;

    if (repeated >= size) {
        timeline->output += size;
        return true;
    }
    timeline->output += size;
    timeline->shown = timeline->output;
    return endpoint_write(console->below, vcpu, (const uint8_t *)bytes + repeated, size - repeated);
}

static void note_handled(struct hooks *hooks, struct vcpu *vcpu)
{
    uint64_t *handled = &timeline_of(vcpu->vm)->handled[vcpu->id];

    (void)hooks;
    vcpu->vm->repeating = vcpu->exit_number <= *handled;
    if (!vcpu->vm->repeating && (!vcpu->waiting || vcpu->vm->stopped))
        *handled = vcpu->exit_number;
}

struct timeline *timeline_create(struct vm *vm, struct journal *journal)
{
    struct timeline *timeline = calloc(1, sizeof(*timeline));

    if (!timeline)
        return NULL;
    timeline->vm = vm;
    timeline->journal = journal;
    timeline->inner = vm->backend;
    timeline->backend = *vm->backend;
    timeline->backend.run = run;
    timeline->area = (struct state_area){&timeline->output, sizeof(timeline->output), NULL};
    timeline->console.write = write_new;
    timeline->hooks = (struct hooks){.events = HOOK_HANDLED, .handled = note_handled};
    vm_add_state(vm, &timeline->area);
    console_push(vm, &timeline->console);
    hooks_add(vm, &timeline->hooks);
    vm->backend = &timeline->backend;
    return timeline;
}

bool timeline_begin(struct timeline *timeline)
{
    return save(timeline, true);
}

void timeline_free(struct timeline *timeline)
{
    if (!timeline)
        return;
    forget_ahead(timeline);
    while (timeline->latest) {
        struct checkpoint *latest = timeline->latest;

        timeline->latest = latest->older;
        free(latest); /* vm_destroy frees the snapshots */
    }
    timeline->vm->backend = timeline->inner;
    free(timeline);
}
