/*
 * The way back in a run. The machine is brought to a checkpoint before now; what came since is
 * executed again, and searched for stop points; the last of these is then gone to in the same way.
 * If there is none, the part before that checkpoint is searched. So each instruction is executed
 * again once, and those between two checkpoints twice.
 */
#ifndef REPLAY_REWIND_H
#define REPLAY_REWIND_H

#include "core/vm.h"

struct timeline;

/* Who goes back: it knows the stop points. */
struct rewind_client {
    /* Returns whether the exit in vcpu->exit is one to stop at. */
    bool (*wants_exit)(struct rewind_client *self, struct vcpu *vcpu);
    /* The machine is at a checkpoint: forget the exits after vm->exit_numbers. */
    void (*restored)(struct rewind_client *self);
    /* The way back has ended, at a stop point of this vCPU, or, if details is NULL, at the
     * beginning of the run. details: as rewind_note had them. */
    void (*arrived)(struct rewind_client *self, struct vcpu *vcpu, const char *details);
};

struct rewind {
    enum { REWIND_NONE, REWIND_SEARCH, REWIND_APPROACH } mode;
    struct rewind_client *client;
    uint64_t start, limit; /* positions: what is executed again and searched, [start, limit) */
    bool found;
    uint64_t goal;       /* the position that was found */
    struct vcpu *vcpu;   /* whose stop point that is */
    bool by_vcpu;        /* a step: not goal counts, but */
    uint64_t vcpu_insns; /* the instructions that vcpu is to have executed */
    char details[64];
};

/* Goes back to the last stop point before now, or to the beginning of the run. */
bool rewind_continue(struct timeline *timeline, struct rewind_client *client, struct vcpu *vcpu);
/* Goes back by one instruction of a vCPU. Both return false if memory was out: no way back. */
bool rewind_step(struct timeline *timeline, struct rewind_client *client, struct vcpu *vcpu);
/* Stays where the run is now. */
void rewind_cancel(struct timeline *timeline);

/* Returns whether the run goes back: what is executed happened before, and takes no time. */
bool rewind_is_active(const struct timeline *timeline);
/* Returns whether this part is searched for stop points: those of the client are to be noted. */
bool rewind_is_search(const struct timeline *timeline);

/* Notes a stop point that the run has come to. details: a short text for arrived(). */
void rewind_note(struct timeline *timeline, struct vcpu *vcpu, bool exit_pending,
                 const char *details);
/* After an exit while it goes back: returns whether the exit is to be handled. */
bool rewind_exited(struct timeline *timeline, struct vcpu *vcpu);
/* Between two VM entries: ends the search or the way, if it is as far as that. */
void rewind_check(struct timeline *timeline);

/* Returns how many instructions a vCPU may have executed when it stops; UINT64_MAX: no limit. */
uint64_t rewind_limit(const struct timeline *timeline, const struct vcpu *vcpu);

#endif
