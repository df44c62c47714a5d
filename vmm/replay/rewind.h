/* SPDX-License-Identifier: MIT */
/*
 * Goes back in a run (rewind). It restores the latest checkpoint, executes the guest again up to
 * the present position, and notes the last stop point: the search. If there is one, it restores the
 * checkpoint again, and executes up to that stop point: the approach. If there is none, it searches
 * before that checkpoint in the same way. So each instruction is executed once more, and those of
 * the last part twice.
 */
#ifndef REPLAY_REWIND_H
#define REPLAY_REWIND_H

#include "core/vm.h"

struct timeline;

/* The caller that goes back. It knows the stop points. */
struct rewind_client {
    /* Returns whether the exit in vcpu->exit is a stop point. */
    bool (*wants_exit)(struct rewind_client *self, struct vcpu *vcpu);
    /* A checkpoint was restored: the client forgets the exits after vm->exit_numbers. */
    void (*restored)(struct rewind_client *self);
    /* The rewind has ended at a stop point of this vCPU. details: of rewind_note; NULL: it has
     * ended at the beginning of the run. */
    void (*arrived)(struct rewind_client *self, struct vcpu *vcpu, const char *details);
};

struct rewind {
    enum { REWIND_NONE, REWIND_SEARCH, REWIND_APPROACH } mode;
    struct rewind_client *client;
    uint64_t start, limit; /* positions (timeline.h): [start, limit) is searched */
    bool ended;            /* the guest has ended at the first limit */
    bool found;            /* the search has found a stop point */
    uint64_t goal;         /* its position */
    struct vcpu *vcpu;     /* the vCPU that stops there */
    uint64_t exit;         /* not 0: it ends at the exit with this number, not at goal */
    bool by_vcpu;          /* a step: it ends at vcpu_insns, not at goal */
    uint64_t vcpu_insns;   /* instructions that vcpu has executed at the end of the step */
    char details[64];      /* of rewind_note */
};

/* Goes back to the last stop point before the present position, or to the beginning of the run.
 * vcpu: the one that stops at the beginning. Returns false if checkpoints are lost, because there
 * was no memory. */
bool rewind_continue(struct timeline *timeline, struct rewind_client *client, struct vcpu *vcpu);

/* Goes to a position of this run, back or forward. Stops nowhere on the way. Returns as
 * rewind_continue. */
bool rewind_to(struct timeline *timeline, struct rewind_client *client, struct vcpu *vcpu,
               uint64_t position);

/* Goes on to a later position of this run, or, if exit is not 0, to the exit with that number.
 * Restores nothing: so a short way costs no more than its instructions. */
void rewind_ahead(struct timeline *timeline, struct rewind_client *client, struct vcpu *vcpu,
                  uint64_t position, uint64_t exit);

/* Goes back to the exit with a number. Stops nowhere on the way. Returns as rewind_continue. */
bool rewind_to_exit(struct timeline *timeline, struct rewind_client *client, struct vcpu *vcpu,
                    uint64_t number);

/* Goes back by one instruction of a vCPU. Returns as rewind_continue. */
bool rewind_step(struct timeline *timeline, struct rewind_client *client, struct vcpu *vcpu);

/* Ends the rewind where the run is now. */
void rewind_cancel(struct timeline *timeline);

/* Returns whether the run goes back: then it repeats what happened before, and no time passes. */
bool rewind_is_active(const struct timeline *timeline);

/* Where a rewind stops: before the instruction that the vCPU has reached, after it, or at its exit,
 * which is pending. */
enum rewind_stop { REWIND_BEFORE_INSN, REWIND_AFTER_INSN, REWIND_AT_EXIT };

/* Notes a stop point that a search has reached. details: a short text for arrived(). */
void rewind_note(struct timeline *timeline, struct vcpu *vcpu, enum rewind_stop stop,
                 const char *details);

/* Called after an exit while the run goes back. Returns whether to handle the exit. */
bool rewind_exited(struct timeline *timeline, struct vcpu *vcpu);

/* Called between two VM entries. Ends the search or the approach at its end. */
void rewind_check(struct timeline *timeline);

/* Returns the value of vcpu->insns at which a vCPU has to stop; UINT64_MAX: nowhere. */
uint64_t rewind_limit(const struct timeline *timeline, const struct vcpu *vcpu);

#endif
