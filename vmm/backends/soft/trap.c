/* SPDX-License-Identifier: MIT */
/* Traps and interrupts: privileged spec, 4.1. S-mode takes all of them: there is no M-mode. */
#include "hart.h"

void hart_trap(struct hart *hart, uint64_t cause, uint64_t value)
{
    uint64_t base = hart->stvec & ~3ull;
    bool vectored = hart->stvec & 1 && cause & INTERRUPT;

    hart->steps++;
    hart->traps++;
    hart->sepc = hart->pc;
    hart->scause = cause;
    hart->stval = value;
    /* SPIE and SPP get the old SIE and mode (4.1.1). */
    hart->sstatus &= ~(SSTATUS_SPIE | SSTATUS_SPP);
    if (hart->sstatus & SSTATUS_SIE)
        hart->sstatus |= SSTATUS_SPIE;
    if (hart->mode == MODE_S)
        hart->sstatus |= SSTATUS_SPP;
    hart->sstatus &= ~SSTATUS_SIE;
    if (hart->mode != MODE_S) {
        hart->mode = MODE_S;
        mmu_select(hart);
    }
    hart->pc = base + (vectored ? 4 * (cause & ~INTERRUPT) : 0);
}

void hart_sret(struct hart *hart)
{
    hart->mode = (hart->sstatus & SSTATUS_SPP) ? MODE_S : MODE_U;
    hart->sstatus &= ~(SSTATUS_SIE | SSTATUS_SPP);
    if (hart->sstatus & SSTATUS_SPIE)
        hart->sstatus |= SSTATUS_SIE;
    hart->sstatus |= SSTATUS_SPIE;
    hart->pc = hart->sepc;
    mmu_select(hart);
}

uint64_t hart_pending(const struct hart *hart)
{
    uint64_t timer = hart_time(hart) >= hart->stimecmp ? 1u << IRQ_TIMER : 0;

    return hart->sip | timer;
}

bool hart_wakes(const struct hart *hart)
{
    return hart_pending(hart) & hart->sie;
}

void hart_take_interrupt(struct hart *hart)
{
    // LAB 8: starter
    // /* Here: hart_trap, if an interrupt is pending and enabled. */
    // (void)hart;
    // LAB 8: solution
    static const unsigned by_priority[] = {IRQ_EXTERNAL, IRQ_SOFTWARE, IRQ_TIMER}; /* 4.1.3 */
    uint64_t ready;

    if (hart->mode == MODE_S && !(hart->sstatus & SSTATUS_SIE))
        return;
    ready = hart_pending(hart) & hart->sie;
    for (unsigned i = 0; i < 3 && ready; i++)
        if (ready >> by_priority[i] & 1) {
            hart_trap(hart, INTERRUPT | by_priority[i], 0);
            return;
        }
    // LAB 8: end
}
