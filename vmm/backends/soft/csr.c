/* SPDX-License-Identifier: MIT */
/* Control and status registers: privileged spec, table 2.3. All fields are WARL: a write of an
 * unsupported value leaves a supported one. */
#include "hart.h"

#define SSTATUS_WRITABLE                                                                           \
    (SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP | SSTATUS_FS | SSTATUS_SUM | SSTATUS_MXR)
#define INTERRUPTS (1u << IRQ_SOFTWARE | 1u << IRQ_TIMER | 1u << IRQ_EXTERNAL)

/* Returns whether the hart may use a CSR in its mode: bits 9:8 of the number are the lowest mode.
 * The floating-point CSRs are illegal while sstatus.FS is 0 (3.1.6.6). */
static bool allowed(const struct hart *hart, unsigned number)
{
    if ((number >> 8 & 3) > (hart->mode == MODE_S ? 1u : 0u))
        return false;
    if (number >= CSR_FFLAGS && number <= CSR_FCSR)
        return hart->sstatus & SSTATUS_FS;
    if (number < CSR_CYCLE || number > CSR_INSTRET)
        return true;
    return hart->mode == MODE_S || hart->scounteren >> (number - CSR_CYCLE) & 1;
}

static bool counter_read(const struct hart *hart, unsigned number, uint64_t *value)
{
    switch (number) {
    case CSR_TIME:
        *value = hart_time(hart);
        return true;
    case CSR_CYCLE:
    case CSR_INSTRET:
        *value = hart->steps - hart->traps;
        return true;
    default:
        return false;
    }
}

static uint64_t sstatus_read(const struct hart *hart)
{
    bool dirty = (hart->sstatus & SSTATUS_FS) == SSTATUS_FS;

    return hart->sstatus | SSTATUS_UXL | (dirty ? SSTATUS_SD : 0);
}

bool csr_read(struct hart *hart, unsigned number, uint64_t *value)
{
    if (!allowed(hart, number))
        return false;
    switch (number) {
    case CSR_FFLAGS:
        *value = hart->fcsr & FCSR_FLAGS;
        return true;
    case CSR_FRM:
        *value = hart->fcsr >> FCSR_FRM_SHIFT;
        return true;
    case CSR_FCSR:
        *value = hart->fcsr;
        return true;
    case CSR_SSTATUS:
        *value = sstatus_read(hart);
        return true;
    case CSR_SIE:
        *value = hart->sie;
        return true;
    case CSR_STVEC:
        *value = hart->stvec;
        return true;
    case CSR_SCOUNTEREN:
        *value = hart->scounteren;
        return true;
    case CSR_SENVCFG:
        *value = 0;
        return true;
    case CSR_SSCRATCH:
        *value = hart->sscratch;
        return true;
    case CSR_SEPC:
        *value = hart->sepc;
        return true;
    case CSR_SCAUSE:
        *value = hart->scause;
        return true;
    case CSR_STVAL:
        *value = hart->stval;
        return true;
    case CSR_SIP:
        *value = hart_pending(hart);
        return true;
    case CSR_STIMECMP:
        *value = hart->stimecmp;
        return true;
    case CSR_SATP:
        *value = hart->satp;
        return true;
    default:
        return counter_read(hart, number, value);
    }
}

static void write_sstatus(struct hart *hart, uint64_t value)
{
    uint64_t changed = (hart->sstatus ^ value) & (SSTATUS_SUM | SSTATUS_MXR);

    hart->sstatus = value & SSTATUS_WRITABLE;
    if (changed)
        mmu_select(hart);
}

/* Writes the bits of fcsr that are in mask. */
static void write_fcsr(struct hart *hart, uint32_t mask, uint64_t value)
{
    hart->fcsr = (hart->fcsr & ~mask) | ((uint32_t)value & mask);
    hart->sstatus |= SSTATUS_FS; /* dirty */
}

/* Writes satp; an unsupported mode leaves it as it was (4.1.11). */
static void write_satp(struct hart *hart, uint64_t value)
{
    uint64_t mode = value >> 60;

    if (mode != SATP_BARE && mode != SATP_SV39 && mode != SATP_SV48)
        return;
    hart->satp = mode ? value : 0;
    mmu_select(hart);
}

bool csr_write(struct hart *hart, unsigned number, uint64_t value)
{
    if (!allowed(hart, number) || number >> 10 == 3) /* bits 11:10 both set: read-only */
        return false;
    switch (number) {
    case CSR_FFLAGS:
        write_fcsr(hart, FCSR_FLAGS, value);
        return true;
    case CSR_FRM:
        write_fcsr(hart, FCSR_FRM, value << FCSR_FRM_SHIFT);
        return true;
    case CSR_FCSR:
        write_fcsr(hart, FCSR_FRM | FCSR_FLAGS, value);
        return true;
    case CSR_SSTATUS:
        write_sstatus(hart, value);
        return true;
    case CSR_SIE:
        hart->sie = value & INTERRUPTS;
        return true;
    case CSR_STVEC:
        hart->stvec = value & 2 ? hart->stvec : value;
        return true;
    case CSR_SCOUNTEREN:
        hart->scounteren = value & 7;
        return true;
    case CSR_SENVCFG:
        return true;
    case CSR_SSCRATCH:
        hart->sscratch = value;
        return true;
    case CSR_SEPC:
        hart->sepc = value & ~1ull;
        return true;
    case CSR_SCAUSE:
        hart->scause = value;
        return true;
    case CSR_STVAL:
        hart->stval = value;
        return true;
    case CSR_SIP: /* the guest can set only the software interrupt */
        hart->sip = (hart->sip & ~(1ull << IRQ_SOFTWARE)) | (value & 1u << IRQ_SOFTWARE);
        return true;
    case CSR_STIMECMP:
        hart->stimecmp = value;
        hart->limit = 0; /* slice.c sets a limit for the new timer */
        return true;
    case CSR_SATP:
        write_satp(hart, value);
        return true;
    default:
        return false;
    }
}
