/* SPDX-License-Identifier: MIT */
/* The platform-level interrupt controller: devices' interrupts, for the harts that want them. */
#ifndef SERVICES_PLIC_H
#define SERVICES_PLIC_H

#include "core/devices.h"

#define PLIC_SOURCES 32 /* interrupts; number 0 does not exist */

struct plic {
    struct device device;
    struct vm *vm;
    struct state_area area;

    /* The guest's state, from here to the end. A set of interrupts is a word, one bit each. */
    uint32_t levels;  /* asserted by their devices */
    uint32_t pending; /* waiting for a hart to claim them */
    uint32_t claimed; /* a hart handles them, and has not completed them */
    uint32_t priority[PLIC_SOURCES];
    struct plic_hart {
        uint32_t enabled;
        uint32_t threshold; /* interrupts of a higher priority come */
    } harts[VCPU_MAX];
};

/* Makes the controller, whose registers begin at a GPA, and adds it to the VM. Returns 0, or a
 * status after fail(). */
int plic_add(struct plic *plic, struct vm *vm, gpa_t base);

/* Asserts a device's line (true), or takes that back. */
void plic_set(struct plic *plic, uint32_t source, bool level);

#endif
