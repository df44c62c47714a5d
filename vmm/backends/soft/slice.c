/*
 * How far a hart goes before the VMM has to look: to the end of its slice, to its timer, or to a
 * step that the debugger wants; and that this depends on nothing but the guest and those.
 */
#include "hart.h"

#include "core/vm.h"

#ifndef LOOK_STEPS
#define LOOK_STEPS 100000     /* between looks at the host */
#define MARK_STEPS (1u << 23) /* between marks: see look_around */
#endif
#define STEPS_ALONE 8    /* before an end that is to be met exactly: see limit_of */
#define STEPS_NEAR  4096 /* a block is shorter: it lies in one page */

/* The step with which the timer will be due; UINT64_MAX: it is, or never will be, or by
 * another clock than steps. */
static uint64_t timer_step(const struct hart *hart)
{
    const struct soft_vm *soft = hart->vm;
    uint64_t left = hart->stimecmp - hart_time(hart); /* ticks, if the timer is ahead */

    if (soft->real_time || hart->stimecmp <= hart_time(hart) || left > UINT64_MAX / 32)
        return UINT64_MAX;
    return (hart->stimecmp - soft->time_skipped) * SOFT_STEPS_PER_TICK - soft->steps_of_others;
}

/*
 * How far an execution goes: to the end of the slice, the timer or the next look at the host,
 * whatever is first. Of the first two the last steps are made one by one, for else only a jump
 * ends an execution: so a hart can be interrupted between any two instructions, if they do not lie
 * in a long block without jumps.
 */
static uint64_t limit_of(const struct hart *hart, uint64_t slice_end)
{
    uint64_t look = hart->next_look, timer = timer_step(hart);
    uint64_t end = timer < slice_end ? timer : slice_end;

    if (end - hart->steps <= STEPS_ALONE)
        return hart->steps + 1;
    return look < end - STEPS_ALONE ? look : end - STEPS_ALONE;
}

/* What was left to be done between two blocks: first of all an interrupt, then the limit. */
static void finish_block(struct hart *hart)
{
    if (hart->place != BEFORE_INTERRUPTS)
        return;
    hart_take_interrupt(hart);
    hart->place = hart->steps >= hart->limit ? BETWEEN_BLOCKS : IN_BLOCK;
}

/*
 * Executes so far, or for the debugger to exactly `until` steps. What it interrupts in a block goes
 * on later with the limit that it had: how far a hart comes in a slice must not depend on where it
 * was looked at. Nor does it: an execution that ends early at a jump is taken up there.
 */
static enum stop run_some(struct hart *hart, uint64_t slice_end, uint64_t until)
{
    bool fresh = hart->place == BETWEEN_BLOCKS;
    uint64_t limit = fresh ? limit_of(hart, slice_end) : hart->limit;
    bool alone = fresh && limit == hart->steps + 1;
    enum stop stop;

    hart->one = alone || until - hart->steps <= STEPS_NEAR;
    if (hart->one)
        hart->limit = hart->steps + 1;
    else
        hart->limit = limit < until - STEPS_NEAR ? limit : until - STEPS_NEAR;
    stop = hart_execute(hart);
    if (alone && stop == STOP_LIMIT && hart->place == IN_BLOCK)
        hart->place = BETWEEN_BLOCKS; /* each of the last steps is a block */
    else if (hart->one)
        hart->limit = limit;
    return stop;
}

/*
 * Between two blocks: is it time for a look at the host? And, more seldom, for a mark, at which all
 * TLBs are emptied: what they hold could show in the guest, and a machine that is brought back to
 * a snapshot has them empty. Where both are due depends on the guest's steps alone.
 */
static void look_around(struct vm *vm, struct hart *hart)
{
    struct soft_vm *soft = hart->vm;
    uint64_t all = soft->steps_of_others + hart->steps;

    if (hart->place != BETWEEN_BLOCKS || hart->steps < hart->next_look)
        return;
    hart->next_look = (hart->steps / LOOK_STEPS + 1) * LOOK_STEPS;
    if (all < soft->next_mark)
        return;
    soft->next_mark = (all / MARK_STEPS + 1) * MARK_STEPS;
    for (unsigned i = 0; i < soft->hart_count; i++)
        mmu_flush(&soft->harts[i], ASID_ANY);
    vm->at_mark = vm->timeline != NULL;
}

/* The step that the debugger wants the hart to stop at. */
uint64_t soft_until(const struct vcpu *vcpu)
{
    const struct hart *hart = vcpu->state;

    return vcpu->step ? hart->steps + 1 : vcpu->insns_until;
}

enum stop soft_run_slice(struct vcpu *vcpu, uint64_t until)
{
    struct hart *hart = vcpu->state;
    struct vm *vm = vcpu->vm;
    uint64_t start = hart->steps, left = UINT64_MAX - start;
    uint64_t end = start + (vcpu->slice < left ? vcpu->slice : left), used;
    enum stop stop = STOP_LIMIT;

    while (stop == STOP_LIMIT && hart->steps < until) {
        finish_block(hart);
        look_around(vm, hart);
        if ((hart->place == BETWEEN_BLOCKS && hart->steps >= end) || hart->steps >= until ||
            hart->vm->kick || vm->at_mark)
            break;
        stop = run_some(hart, end, until);
        if (hart->vm->real_time && hart->stimecmp != vcpu->timer.deadline)
            break; /* the host is to set its alarm */
    }
    used = hart->steps - start;
    vcpu->insns += used;
    vcpu->slice -= used < vcpu->slice ? used : vcpu->slice; /* a jump may have been too far */
    vcpu->unfinished = hart->place != BETWEEN_BLOCKS;
    return stop;
}
