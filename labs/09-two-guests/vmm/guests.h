/* SPDX-License-Identifier: MIT */
/* Two guests in one VMM, and the plan by which they take turns. */
#ifndef GUESTS_H
#define GUESTS_H

#include "core/vm.h"

#define QUANTUM   1000 /* instructions: a turn by slices lasts weight times so many */
#define TURNS_MAX 64

enum plan_mode {
    BY_EXITS,  /* a turn lasts one exit */
    BY_SLICES, /* it lasts QUANTUM instructions times the guest's weight */
    BY_FILE    /* it is a line of a file: which guest, and how many exits */
};

struct plan {
    enum plan_mode mode;
    uint64_t weights[2]; /* BY_SLICES */
    unsigned turn_count; /* BY_FILE: the turns, and then the first one again */
    struct {
        unsigned guest;
        uint64_t exits;
    } turns[TURNS_MAX];
};

/*
 * Runs two guests by a plan until both have ended. BY_EXITS and BY_SLICES, guest 0 begins. A turn
 * of a guest that has ended is the other one's. Each guest has one vCPU, and its own counts of
 * instructions and exits: vm->insn_count and vm->exit_count.
 */
void run_guests(struct vm *guests[2], const struct plan *plan);

#endif
