/*
 * A run that can be gone back in. It is a back end that wraps another, which makes snapshots from
 * time to time; what came after a snapshot is executed again. It works where runs repeat: the back
 * end has snapshots, and its time is virtual.
 */
#ifndef REPLAY_TIMELINE_H
#define REPLAY_TIMELINE_H

#include "core/console.h"
#include "core/hooks.h"
#include "journal.h"
#include "rewind.h"

/*
 * A position in a run: how many instructions all vCPUs have executed, and whether the last of them
 * has made an exit that is not handled yet. Positions are ordered as the run comes to them.
 */
typedef uint64_t position_t;

static inline position_t position_of(uint64_t insns, bool exit_pending)
{
    return 2 * insns - (exit_pending ? 1 : 0);
}

static inline uint64_t position_insns(position_t position)
{
    return (position + 1) / 2;
}

struct timeline {
    struct backend backend; /* the VM's while the timeline is there */
    const struct backend *inner;
    struct console console; /* writes what has not been shown yet */
    struct hooks hooks;     /* sets vm->repeating */
    struct vm *vm;
    struct journal *journal;
    struct checkpoint *latest;
    unsigned count;
    bool snapshot_due;
    uint64_t output; /* bytes that the guest has written; a part of its state */
    struct state_area area;
    uint64_t shown;             /* bytes of them that were shown */
    uint64_t handled[VCPU_MAX]; /* of each vCPU, the last exit that was handled */
    struct rewind rewind;
};

/* Makes a timeline of a VM, whose input the journal keeps. Returns NULL without memory. */
struct timeline *timeline_create(struct vm *vm, struct journal *journal);

/* Makes the first checkpoint. Call it after all state areas have been added, and before the first
 * VM entry. Returns false without memory. */
bool timeline_begin(struct timeline *timeline);
void timeline_free(struct timeline *timeline);

position_t timeline_now(const struct timeline *timeline);

/* Begins a new branch: the guest's state was changed from outside. Discards the rest of the
 * journal; output from here on is shown again. */
void timeline_branch(struct timeline *timeline);

/*
 * Brings the machine to the latest checkpoint at or before a position, or to the first one.
 * Discards the later ones. Returns where that is; or UINT64_MAX if memory was out, and it cannot.
 */
position_t timeline_restore(struct timeline *timeline, position_t position);

/* The same for the latest one in which a vCPU has executed at most so many instructions. */
position_t timeline_restore_vcpu(struct timeline *timeline, const struct vcpu *vcpu,
                                 uint64_t insns);

#endif
