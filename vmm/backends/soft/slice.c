/* SPDX-License-Identifier: MIT */
/*
 * Decides how many instructions a hart executes before control returns to the VMM (see "How a hart
 * executes" in hart.h). The number depends only on the guest, --seed and the debugger's commands,
 * so runs repeat exactly.
 */
#include "hart.h"

#include "core/vm.h"

#ifndef POLL_STEPS                /* a test sets both, to have many snapshot points */
#define POLL_STEPS     100000     /* at most, between two polls of the kick flag */
#define SNAPSHOT_STEPS (1u << 23) /* of all harts, between two snapshot points */
#endif
#define EXACT_STEPS 8    /* before a timer or the end of a slice: see set_limit */
#define BLOCK_STEPS 4096 /* more than any block has, because a block lies in one page */

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Returns the value of hart->steps at which the timer will expire. Returns UINT64_MAX if it has
 * expired already, never will, or counts real time. */
static uint64_t timer_step(const struct hart *hart)
{
    const struct soft_vm *soft = hart->vm;
    uint64_t left = hart->stimecmp - hart_time(hart); /* ticks, if it has not expired */

    if (soft->real_time || hart->stimecmp <= hart_time(hart) || left > UINT64_MAX / 32)
        return UINT64_MAX;
    return (hart->stimecmp - soft->time_skipped) * SOFT_STEPS_PER_TICK - soft->steps_of_others;
}

/*
 * Sets hart->limit for the blocks that come. Blocks overshoot a limit, so it stays a few
 * instructions short of the timer and of the end of the slice. Returns true, without a limit, if
 * those few are all that is left: then the hart executes one instruction as a block of its own.
 * So a hart can be interrupted after any instruction, except inside a long block.
 */
static bool set_limit(struct hart *hart, uint64_t slice_end)
{
    uint64_t end = smaller(timer_step(hart), slice_end);

    if (end - hart->steps <= EXACT_STEPS)
        return true;
    hart->limit = smaller(end - EXACT_STEPS, hart->steps + POLL_STEPS);
    hart->limit = smaller(hart->limit, hart->vm->snapshot_point - hart->vm->steps_of_others);
    return false;
}

/* Executes to the limit or, if the debugger's stop at step `until` is near, one instruction. */
static enum stop run_some(struct hart *hart, uint64_t slice_end, uint64_t until)
{
    bool exact = !hart->in_block && set_limit(hart, slice_end);
    uint64_t limit = hart->limit;
    enum stop stop;

    hart->single_step = exact || until - hart->steps <= BLOCK_STEPS;
    if (!hart->single_step) {
        hart->limit = smaller(limit, until - BLOCK_STEPS);
        return hart_execute(hart);
    }
    hart->limit = hart->steps + 1;
    stop = hart_execute(hart);
    hart->limit = limit; /* of the rest of the block */
    if (exact)
        hart->in_block = false;
    return stop;
}

/*
 * Between two blocks: flushes all TLBs if a snapshot point is reached. A stale translation is
 * visible to the guest, and a restored snapshot starts with empty TLBs, so the TLBs have to be
 * empty at the same step of each run, with or without a snapshot.
 */
static void check_snapshot_point(struct hart *hart)
{
    struct soft_vm *soft = hart->vm;
    uint64_t all = soft->steps_of_others + hart->steps;

    if (all < soft->snapshot_point)
        return;
    soft->snapshot_point = (all / SNAPSHOT_STEPS + 1) * SNAPSHOT_STEPS;
    for (unsigned i = 0; i < soft->hart_count; i++)
        mmu_flush(&soft->harts[i], ASID_ANY);
    soft->at_snapshot_point = true;
}

enum stop soft_run_slice(struct vcpu *vcpu)
{
    struct hart *hart = vcpu->state;
    const uint64_t start = hart->steps, end = start + smaller(vcpu->slice, UINT64_MAX - start);
    const uint64_t until = vcpu->orders.step ? start + 1 : vcpu->orders.insns_until;
    enum stop stop = STOP_LIMIT;
    uint64_t used;

    while (stop == STOP_LIMIT && hart->steps < until) {
        if (!hart->in_block)
            check_snapshot_point(hart);
        if ((!hart->in_block && hart->steps >= end) || hart->vm->kick ||
            hart->vm->at_snapshot_point)
            break;
        stop = run_some(hart, end, until);
        if (hart->vm->real_time && hart->stimecmp != vcpu->timer.deadline)
            break; /* the core has to set the host's alarm */
    }
    used = hart->steps - start;
    vcpu->insns += used;
    vcpu->slice -= smaller(used, vcpu->slice); /* the last block may have overshot the end */
    vcpu->unfinished = hart->in_block;
    return stop == STOP_LIMIT && hart->steps >= until ? STOP_REQUESTED : stop;
}
