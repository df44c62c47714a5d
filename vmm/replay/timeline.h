/*
 * A run that can be gone back in: snapshots from time to time, and what came between is executed
 * again. Only where runs repeat: the back end has slices, and its time is virtual.
 */
#ifndef VMM_REPLAY_TIMELINE_H
#define VMM_REPLAY_TIMELINE_H

#include "core/vm.h"

/*
 * Where a run is: how many instructions all vCPUs have executed, and whether the last of them has
 * made an exit that is not served yet. Positions are ordered as they come.
 */
typedef uint64_t position_t;

static inline position_t position_of(uint64_t insns, bool unserved)
{
    return 2 * insns - (unserved ? 1 : 0);
}

static inline uint64_t position_insns(position_t position)
{
    return (position + 1) / 2;
}

position_t timeline_now(const struct vm *vm);

/* Begins one, where the VM is now. Returns NULL without memory. */
struct timeline *timeline_create(struct vm *vm);
void timeline_free(struct vm *vm);

/* For between two rounds: makes a snapshot if the back end says that it is the time for one. */
void timeline_tick(struct vm *vm);

/* The future is another one now: the guest's state has been changed from outside. What was
 * executed from here on is forgotten. */
void timeline_branch(struct vm *vm);

/*
 * Brings the machine to the latest snapshot at or before a position, or to the first one. Later
 * ones are forgotten. Returns where that is; or UINT64_MAX if memory has been out, and it cannot.
 */
position_t timeline_go_back(struct vm *vm, position_t position);

/* The same for the latest one in which a vCPU has executed at most so many instructions. */
position_t timeline_go_back_for(struct vm *vm, unsigned vcpu, uint64_t insns);

#endif
