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
    struct checkpoint *older;
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

/* Returns how many instructions a vCPU had executed at a checkpoint. */
static uint64_t insns_at(const struct checkpoint *checkpoint, const struct vcpu *vcpu)
{
    const uint8_t *at = checkpoint->areas;
    uint64_t insns;

    for (const struct state_area *area = vcpu->vm->areas; area != &vcpu->area; area = area->next)
        at += area->size;
    memcpy(&insns, at + offsetof(struct vcpu, insns) - offsetof(struct vcpu, started),
           sizeof(insns));
    return insns;
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

/* Makes a checkpoint, if the guest has executed enough since the last one. */
static void save_sometimes(struct timeline *timeline)
{
    const struct checkpoint *latest = timeline->latest;
    uint64_t since = timeline->vm->insn_count - position_insns(latest->position);

    timeline->snapshot_due = false;
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

/* Frees the latest checkpoint. If a branch begins there, undoes the branch. */
static void drop_latest(struct timeline *timeline)
{
    struct checkpoint *latest = timeline->latest;

    if (latest->branch)
        begin_branch(timeline);
    timeline->latest = latest->older;
    timeline->inner->snapshots->drop(timeline->vm, latest->snapshot);
    free(latest);
    timeline->count--;
}

position_t timeline_restore(struct timeline *timeline, position_t position)
{
    for (;;) {
        if (!restore(timeline))
            return UINT64_MAX;
        if (!timeline->latest->older || timeline->latest->position <= position)
            return timeline_now(timeline);
        drop_latest(timeline);
    }
}

position_t timeline_restore_vcpu(struct timeline *timeline, const struct vcpu *vcpu, uint64_t insns)
{
    for (;;) {
        if (!restore(timeline))
            return UINT64_MAX;
        if (!timeline->latest->older || insns_at(timeline->latest, vcpu) <= insns)
            return timeline_now(timeline);
        drop_latest(timeline);
    }
}

bool timeline_restart(struct timeline *timeline)
{
    const bool restored = timeline_restore(timeline, 0) != UINT64_MAX;

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
    while (timeline->latest) {
        struct checkpoint *latest = timeline->latest;

        timeline->latest = latest->older;
        free(latest); /* vm_destroy frees the snapshots */
    }
    timeline->vm->backend = timeline->inner;
    free(timeline);
}
