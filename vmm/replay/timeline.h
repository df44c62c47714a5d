/* SPDX-License-Identifier: MIT */
/*
 * A run in which one can go back. The timeline is a back end that wraps another, and makes a
 * checkpoint from time to time: a snapshot of the back end, and a copy of the VM's state areas. To
 * go back, it restores a checkpoint and executes the guest again from there. So it needs a run that
 * repeats: a back end with snapshots, in virtual time. The checkpoints that it goes back from stay
 * ahead: to go there again is a jump, until gdb changes the guest.
 */
#ifndef REPLAY_TIMELINE_H
#define REPLAY_TIMELINE_H

#include "core/console.h"
#include "core/hooks.h"
#include "journal.h"
#include "rewind.h"

/*
 * A position in a run: the instructions that all vCPUs have executed, and whether the last one has
 * made an exit that is still pending. Later positions are larger.
 */
typedef uint64_t position_t;

static inline position_t position_of(uint64_t insns, bool exit_pending)
{
    return 2 * insns - (exit_pending ? 1 : 0);
}

/* Returns the instructions executed at a position. */
static inline uint64_t position_insns(position_t position)
{
    return (position + 1) / 2;
}

struct timeline {
    struct backend backend;      /* the VM's, until timeline_free */
    const struct backend *inner; /* the wrapped one */
    struct console console;      /* writes output that was not shown yet */
    struct hooks hooks;          /* sets vm->repeating */
    struct vm *vm;
    struct journal *journal;
    struct checkpoint *latest;
    struct checkpoint *ahead;   /* the next one that the run has come to before; NULL: none */
    unsigned count;             /* of checkpoints; those ahead do not count */
    bool snapshot_due;          /* the back end is at a point where a snapshot is cheap */
    uint64_t output;            /* bytes written by the guest; part of its state */
    struct state_area area;     /* of output */
    uint64_t shown;             /* bytes already shown; more than output while a run is repeated */
    uint64_t handled[VCPU_MAX]; /* per vCPU: number of its last handled exit, in all runs */
    struct rewind rewind;
};

/* Makes a timeline, which becomes the VM's back end. The journal has to be attached already.
 * Returns NULL without memory. */
struct timeline *timeline_create(struct vm *vm, struct journal *journal);

/* Makes the first checkpoint: after the last vm_add_state, before the first VM entry. Returns false
 * without memory. */
bool timeline_begin(struct timeline *timeline);

/* Frees it, and gives the VM its own back end again; NULL is allowed. */
void timeline_free(struct timeline *timeline);

/* Returns the present position. */
position_t timeline_now(const struct timeline *timeline);

/* Returns the number of the last exit that this run has made, or will make for sure: up to the last
 * checkpoint ahead. */
uint64_t timeline_known_exits(const struct timeline *timeline);

/* Begins a new branch after gdb has changed the guest. Discards the rest of the journal. Output
 * from here on is shown again. */
void timeline_branch(struct timeline *timeline);

/* Brings the run back to its first instruction, without the changes of gdb. It then repeats, and
 * its output is shown again. Returns false if checkpoints are lost, because there was no memory. */
bool timeline_restart(struct timeline *timeline);

/*
 * Restores the latest checkpoint at or before a position, back or ahead; or the first one. Returns
 * its position, or UINT64_MAX if it is lost, because there was no memory.
 */
position_t timeline_restore(struct timeline *timeline, position_t position);

/* Restores the latest checkpoint at which a vCPU has executed at most `insns` instructions. */
position_t timeline_restore_vcpu(struct timeline *timeline, const struct vcpu *vcpu,
                                 uint64_t insns);

/* Restores the latest checkpoint before the exit with a number. */
position_t timeline_restore_exit(struct timeline *timeline, uint64_t number);

/* Jumps to the latest checkpoint ahead that is before the exit with a number. Returns false if
 * there is none. */
bool timeline_jump_to_exit(struct timeline *timeline, uint64_t number);

#endif
