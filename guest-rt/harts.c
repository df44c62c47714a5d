/* SPDX-License-Identifier: MIT */
/*
 * Starts harts, and waits for them. Each hart has a slot at the end of RAM, with its stack. The
 * first hart has the last slot.
 */
#include "arch.h"
#include "rt.h"

#include <machine.h>

static struct {
    void (*function)(void *);
    void *argument;
    volatile unsigned running; /* 1 from hart_start until `function` has returned */
    volatile unsigned joining; /* the harts that wait for that, one bit each */
    volatile unsigned sent;    /* ipi_send has sent this hart an IPI */
    volatile unsigned
        wakes; /* IPIs that only end a hart_join of this hart, and have not come yet */
} harts[LAB_HARTS_MAX];

_Static_assert(LAB_HARTS_MAX <= 32, "a set of harts is an unsigned");

static unsigned first; /* runs main */

unsigned harts_present = 1;
static void (*volatile ipi_handler)(void);

unsigned hart_count(void)
{
    return harts_present;
}

void hart_first(void)
{
    first = hart_id();
    harts[first].running = 1;
}

/* entry.S calls this on a hart that hart_start has started. */
_Noreturn void hart_main(void);
void hart_main(void)
{
    unsigned id = hart_id(), joining;

    tls_start();
    harts[id].function(harts[id].argument);
    run_at_exit(&at_hart_exit);
    irq_disable();
    __atomic_store_n(&harts[id].running, 0, __ATOMIC_SEQ_CST);
    joining = __atomic_exchange_n(&harts[id].joining, 0, __ATOMIC_SEQ_CST);
    for (unsigned other = 0; other < harts_present; other++)
        if (joining >> other & 1) {
            __atomic_fetch_add(&harts[other].wakes, 1, __ATOMIC_SEQ_CST);
            sbi_send_ipi(1, other);
        }
    sbi_hart_stop();
    arch_stop();
}

int hart_start(unsigned id, void (*function)(void *), void *argument)
{
    struct sbiret ret;

    if (id >= harts_present)
        return SBI_ERR_INVALID_PARAM;
    if (id == hart_id() || __atomic_exchange_n(&harts[id].running, 1, __ATOMIC_ACQUIRE))
        return SBI_ERR_ALREADY_AVAILABLE;
    while (sbi_hart_get_status(id).value != HSM_STOPPED)
        arch_relax(); /* it may not have reached its hart_stop yet */
    harts[id].function = function;
    harts[id].argument = argument;
    harts[id].sent = harts[id].wakes = 0; /* those of its last run */
    ret = sbi_hart_start(id, (uintptr_t)hart_entry, 0);
    if (ret.error)
        harts[id].running = 0;
    return (int)ret.error;
}

/* Either this hart sees that the other one has ended, or that one sees that this hart waits: each
 * writes its own word first, and then reads the other one's (sequential consistency). */
int hart_join(unsigned id)
{
    unsigned me = 1u << hart_id();
    bool on;

    if (id >= harts_present || id == hart_id() || id == first)
        return SBI_ERR_INVALID_PARAM;
    on = irq_disable();
    for (;;) {
        __atomic_fetch_or(&harts[id].joining, me, __ATOMIC_SEQ_CST);
        if (!__atomic_load_n(&harts[id].running, __ATOMIC_SEQ_CST))
            break;
        irq_wait();
    }
    __atomic_fetch_and(&harts[id].joining, ~me, __ATOMIC_SEQ_CST);
    irq_restore(on);
    return 0;
}

void ipi_send(unsigned id)
{
    if (id >= harts_present)
        return;
    __atomic_store_n(&harts[id].sent, 1, __ATOMIC_SEQ_CST);
    sbi_send_ipi(1, id);
}

void ipi_set_handler(void (*handler)(void))
{
    ipi_handler = handler;
}

/* An IPI of which no hart has told anything is a device's. Wake-ups are counted, because one that
 * comes after another's interrupt has seen its count is not a device's, either. */
void ipi_interrupt(void)
{
    unsigned me = hart_id();
    void (*handler)(void) = ipi_handler;

    if (!__atomic_exchange_n(&harts[me].sent, 0, __ATOMIC_SEQ_CST) && harts[me].wakes > 0)
        __atomic_fetch_sub(&harts[me].wakes, 1, __ATOMIC_SEQ_CST);
    else if (handler)
        handler();
}
