/* SPDX-License-Identifier: MIT */
/* Two guests in one VMM, and the plan of their turns. */
#ifndef GUESTS_H
#define GUESTS_H

#include "core/vm.h"

#define QUANTUM   1000 /* instructions: a turn by slices lasts QUANTUM times the weight */
#define TURNS_MAX 64

enum plan_mode {
    BY_EXITS,  /* a turn lasts one exit */
    BY_SLICES, /* it lasts QUANTUM instructions times the guest's weight */
    BY_FILE    /* a turn is a line of a file: the guest, and the number of exits */
};

struct plan {
    enum plan_mode mode;
    uint64_t weights[2]; /* BY_SLICES */
    unsigned turn_count; /* BY_FILE: after the last turn, the first one follows */
    struct {
        unsigned guest;
        uint64_t exits;
    } turns[TURNS_MAX];
};

/*
 * Runs two guests by a plan until both have ended. With BY_EXITS and BY_SLICES, guest 0 begins. The
 * turns of a guest that has ended go to the other one. Each guest has one vCPU, and its own counts
 * of instructions and exits: vm->insn_count and vm->exit_count.
 */
void run_guests(struct vm *guests[2], const struct plan *plan);

#endif
