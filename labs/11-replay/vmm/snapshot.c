/* SPDX-License-Identifier: MIT */
/*
 * Lab 11: a snapshot of the machine, and the way back to it. The VMM's own state does not go back:
 * its counts stay, and so does the console's output.
 */
#include "backends/soft/hart.h"
#include "core/hypercall.h"
#include "inputs.h"

#include <stdlib.h>
#include <string.h>

/* The latest snapshot. */
static struct {
    bool made;
    long rewinds;    /* to this snapshot, so far */
    uint8_t *memory; /* a copy of RAM */
    // LAB 11: starter
    // /* Here: everything else that the guest would notice if it did not go back. */
    // LAB 11: solution
    struct hart hart;
    struct timer timer;
    bool ipi;
    uint64_t time_skipped;
    unsigned inputs;
    // LAB 11: end
} latest;

/* Copies the machine to latest. Returns false without memory. */
static bool save(const struct vcpu *vcpu)
{
    const struct memory *memory = &vcpu->vm->memory;
    const struct hart *hart = vcpu->state;

    if (!latest.memory)
        latest.memory = malloc(memory->size);
    if (!latest.memory)
        return false;
    // LAB 11: starter
    // (void)hart;
    // return false;
    // LAB 11: solution
    memcpy(latest.memory, memory->hva, memory->size);
    latest.hart = *hart;
    latest.timer = vcpu->timer;
    latest.ipi = vcpu->ipi;
    latest.time_skipped = hart->vm->time_skipped;
    latest.inputs = inputs_position();
    return true;
    // LAB 11: end
}

/* Brings the machine back to latest. */
static void restore(struct vcpu *vcpu)
{
    const struct memory *memory = &vcpu->vm->memory;
    struct hart *hart = vcpu->state;

    // LAB 11: starter
    // (void)memory, (void)hart;
    // LAB 11: solution
    memcpy(memory_for_write(vcpu->vm, memory->base, memory->size), latest.memory, memory->size);
    *hart = latest.hart;
    hart->vm->time_skipped = latest.time_skipped;
    vcpu->timer = latest.timer;
    vcpu->ipi = latest.ipi;
    inputs_go_back(latest.inputs);
    /* The TLB has translations of page tables that are overwritten. */
    mmu_flush(hart, ASID_ANY);
    // LAB 11: end
}

/*
 * checkpoint(): makes a snapshot, which replaces the one before. Returns 0. Returns again after
 * each rewind, with the number of rewinds to this snapshot.
 */
void handle_LAB11_checkpoint(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    (void)args;
    if (vcpu->vm->vcpu_count > 1) {
        ret->error = SBI_ERR_NOT_SUPPORTED;
        return;
    }
    if (!save(vcpu))
        return;
    latest.made = true;
    latest.rewinds = 0;
    *ret = (struct sbiret){SBI_SUCCESS, 0};
}

/*
 * rewind(): brings the guest back to the snapshot. Returns SBI_ERR_FAILED if there is none. Else
 * the guest is at its call of checkpoint, and ret is the result of that call.
 */
void handle_LAB11_rewind(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    (void)args;
    if (!latest.made)
        return;
    restore(vcpu);
    // LAB 11: starter
    // (void)ret; /* Here: the result. */
    // LAB 11: solution
    *ret = (struct sbiret){SBI_SUCCESS, ++latest.rewinds};
    // LAB 11: end
}
