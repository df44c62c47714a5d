/* SPDX-License-Identifier: MIT */
#include "rewind.h"

#include "core/limits.h"
#include "timeline.h"

#include <stdio.h>

bool rewind_is_active(const struct timeline *timeline)
{
    return timeline->rewind.mode != REWIND_NONE;
}

void rewind_cancel(struct timeline *timeline)
{
    timeline->rewind.mode = REWIND_NONE;
    limits_start_clock(timeline->vm);
}

static void arrive(struct timeline *timeline, const char *details)
{
    struct rewind *rewind = &timeline->rewind;

    rewind_cancel(timeline);
    rewind->client->arrived(rewind->client, rewind->vcpu, details);
}

void rewind_note(struct timeline *timeline, struct vcpu *vcpu, enum rewind_stop stop,
                 const char *details)
{
    struct rewind *rewind = &timeline->rewind;
    uint64_t insns = timeline->vm->insn_count;
    position_t here = position_of(insns, stop == REWIND_AT_EXIT);

    if (rewind->mode != REWIND_SEARCH || here >= rewind->limit)
        return;
    rewind->found = true;
    rewind->goal = stop == REWIND_AFTER_INSN ? position_of(insns + 1, false) : here;
    rewind->vcpu = vcpu;
    snprintf(rewind->details, sizeof(rewind->details), "%s", details);
}

/* Notes exits that are pending at a checkpoint: the run does not make them again. */
static void note_pending(struct timeline *timeline)
{
    struct rewind_client *client = timeline->rewind.client;
    struct vm *vm = timeline->vm;

    for (unsigned i = 0; i < vm->vcpu_count; i++)
        if (vm->vcpus[i].exit_pending && client->wants_exit(client, &vm->vcpus[i]))
            rewind_note(timeline, &vm->vcpus[i], REWIND_AT_EXIT, "");
}

/* Begins a search from the latest checkpoint before rewind->limit. Returns false if checkpoints are
 * lost. */
static bool search(struct timeline *timeline)
{
    struct rewind *rewind = &timeline->rewind;

    rewind->start = timeline_restore(timeline, rewind->limit > 0 ? rewind->limit - 1 : 0);
    if (rewind->start == UINT64_MAX)
        return false;
    rewind->client->restored(rewind->client);
    rewind->mode = REWIND_SEARCH;
    note_pending(timeline);
    if (rewind->start >= rewind->limit) /* the beginning of the run */
        arrive(timeline, NULL);
    return true;
}

bool rewind_continue(struct timeline *timeline, struct rewind_client *client, struct vcpu *vcpu)
{
    timeline->rewind = (struct rewind){
        .client = client,
        .limit = timeline_now(timeline),
        .ended = timeline->vm->stopped,
        .vcpu = vcpu,
    };
    limits_stop_clock(timeline->vm);
    if (search(timeline))
        return true;
    rewind_cancel(timeline);
    return false;
}

bool rewind_step(struct timeline *timeline, struct rewind_client *client, struct vcpu *vcpu)
{
    /* An instruction whose exit is pending was counted already: the step begins before it. */
    uint64_t begun = vcpu->insns - (vcpu->exit_pending ? 1 : 0);

    timeline->rewind = (struct rewind){
        .mode = REWIND_APPROACH,
        .client = client,
        .vcpu = vcpu,
        .by_vcpu = true,
        .vcpu_insns = begun > 0 ? begun - 1 : 0,
    };
    limits_stop_clock(timeline->vm);
    if (timeline_restore_vcpu(timeline, vcpu, timeline->rewind.vcpu_insns) == UINT64_MAX) {
        rewind_cancel(timeline);
        return false;
    }
    client->restored(client);
    if (begun == 0)
        arrive(timeline, NULL);
    return true;
}

bool rewind_to(struct timeline *timeline, struct rewind_client *client, struct vcpu *vcpu,
               uint64_t position)
{
    timeline->rewind = (struct rewind){
        .mode = REWIND_APPROACH,
        .client = client,
        .vcpu = vcpu,
        .goal = position,
    };
    limits_stop_clock(timeline->vm);
    if (timeline_restore(timeline, position) == UINT64_MAX) {
        rewind_cancel(timeline);
        return false;
    }
    client->restored(client);
    return true;
}

void rewind_ahead(struct timeline *timeline, struct rewind_client *client, struct vcpu *vcpu,
                  uint64_t position, uint64_t exit)
{
    timeline->rewind = (struct rewind){
        .mode = REWIND_APPROACH,
        .client = client,
        .vcpu = vcpu,
        .goal = position,
        .exit = exit,
    };
    limits_stop_clock(timeline->vm);
}

bool rewind_to_exit(struct timeline *timeline, struct rewind_client *client, struct vcpu *vcpu,
                    uint64_t number)
{
    timeline->rewind = (struct rewind){
        .mode = REWIND_APPROACH,
        .client = client,
        .vcpu = vcpu,
        .exit = number,
    };
    limits_stop_clock(timeline->vm);
    if (timeline_restore_exit(timeline, number) == UINT64_MAX) {
        rewind_cancel(timeline);
        return false;
    }
    client->restored(client);
    return true;
}

bool rewind_exited(struct timeline *timeline, struct vcpu *vcpu)
{
    struct rewind *rewind = &timeline->rewind;

    if (rewind->by_vcpu)
        return true;
    if (rewind->mode == REWIND_APPROACH) {
        if (rewind->exit ? vcpu->exit_number != rewind->exit
                         : position_of(timeline->vm->insn_count, true) != rewind->goal)
            return true;
        rewind->vcpu = vcpu;
        return false;
    }
    if (rewind->client->wants_exit(rewind->client, vcpu))
        rewind_note(timeline, vcpu, REWIND_AT_EXIT, "");
    /* An exit that is pending at the limit is not handled; nor is one that has ended the guest. */
    return timeline->vm->insn_count < rewind->limit / 2 ||
           (!rewind->ended && position_of(timeline->vm->insn_count, true) < rewind->limit);
}

/* Ends a search. Approaches the stop point that it has found, or searches the part before. */
static void end_search(struct timeline *timeline)
{
    struct rewind *rewind = &timeline->rewind;

    if (rewind->found) {
        rewind->mode = REWIND_APPROACH;
        timeline_restore(timeline, rewind->goal);
        rewind->client->restored(rewind->client);
        return;
    }
    rewind->limit = rewind->start;
    if (!search(timeline))
        arrive(timeline, "");
}

static bool is_at_end(const struct timeline *timeline)
{
    const struct rewind *rewind = &timeline->rewind;

    if (rewind->exit)
        return timeline->vm->exit_numbers >= rewind->exit;
    return rewind->by_vcpu ? rewind->vcpu->insns >= rewind->vcpu_insns
                           : timeline_now(timeline) >= rewind->goal;
}

void rewind_check(struct timeline *timeline)
{
    const struct rewind *rewind = &timeline->rewind;

    if (rewind->mode == REWIND_SEARCH && timeline->vm->insn_count >= rewind->limit / 2)
        end_search(timeline);
    if (rewind->mode == REWIND_APPROACH && is_at_end(timeline))
        arrive(timeline, rewind->details);
}

uint64_t rewind_limit(const struct timeline *timeline, const struct vcpu *vcpu)
{
    const struct rewind *rewind = &timeline->rewind;
    uint64_t now = timeline->vm->insn_count, end;

    if (rewind->mode == REWIND_NONE || rewind->exit)
        return UINT64_MAX;
    if (rewind->by_vcpu)
        return vcpu == rewind->vcpu ? rewind->vcpu_insns : UINT64_MAX;
    end = rewind->mode == REWIND_SEARCH ? rewind->limit / 2 : position_insns(rewind->goal);
    return vcpu->insns + (end > now ? end - now : 0);
}
