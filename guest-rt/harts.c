/* SPDX-License-Identifier: MIT */
/*
 * Starts harts, waits for them, and has locks for them. Each hart has a slot at the end of RAM,
 * with its stack. The first hart has the last slot.
 */
#include "arch.h"
#include "rt.h"

#include <machine.h>

static struct {
    void (*function)(void *);
    void *argument;
    volatile unsigned running; /* 1 from hart_start until `function` has returned */
} harts[LAB_HARTS_MAX];

unsigned harts_present = 1;
bool harts_started;
static void (*volatile ipi_handler)(void);

unsigned hart_count(void)
{
    return harts_present;
}

/* entry.S calls this on a hart that hart_start has started. */
_Noreturn void hart_main(void);
void hart_main(void)
{
    unsigned id = hart_id();

    tls_start();
    harts[id].function(harts[id].argument);
    run_at_exit(&at_hart_exit);
    irq_disable();
    __atomic_store_n(&harts[id].running, 0, __ATOMIC_RELEASE);
    sbi_send_ipi(0, (unsigned long)SBI_ALL_HARTS); /* wakes harts that wait in hart_join */
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
    harts_started = true;
    harts[id].function = function;
    harts[id].argument = argument;
    while (sbi_hart_get_status(id).value != HSM_STOPPED)
        arch_relax(); /* it may not have reached its hart_stop yet */
    ret = sbi_hart_start(id, (uintptr_t)hart_entry, 0);
    if (ret.error)
        harts[id].running = 0;
    return (int)ret.error;
}

void hart_join(unsigned id)
{
    bool on = irq_disable();

    while (id < harts_present && __atomic_load_n(&harts[id].running, __ATOMIC_ACQUIRE))
        irq_wait();
    irq_restore(on);
}

void ipi_send(unsigned id)
{
    sbi_send_ipi(1, id);
}

void ipi_set_handler(void (*handler)(void))
{
    ipi_handler = handler;
}

void ipi_interrupt(void)
{
    void (*handler)(void) = ipi_handler;

    if (handler)
        handler();
}

/* Takes a lock. Waits by loads only: these slow down the holder less than exchanges. */
static void take(volatile unsigned *held)
{
    while (__atomic_exchange_n(held, 1, __ATOMIC_ACQUIRE))
        while (*held)
            arch_relax();
}

static void give(volatile unsigned *held)
{
    __atomic_store_n(held, 0, __ATOMIC_RELEASE);
}

void spin_lock(struct spinlock *lock)
{
    take(&lock->held);
}

void spin_unlock(struct spinlock *lock)
{
    give(&lock->held);
}

void barrier_wait(struct barrier *barrier)
{
    unsigned round = __atomic_load_n(&barrier->round, __ATOMIC_RELAXED);

    if (__atomic_add_fetch(&barrier->arrived, 1, __ATOMIC_ACQ_REL) == barrier->count) {
        barrier->arrived = 0;
        __atomic_store_n(&barrier->round, round + 1, __ATOMIC_RELEASE);
        return;
    }
    while (__atomic_load_n(&barrier->round, __ATOMIC_ACQUIRE) == round)
        arch_relax();
}

bool rt_lock(struct rt_lock *lock)
{
    bool on = irq_disable();

    if (!harts_started)
        return on;
    if (lock->depth == 0 || lock->owner != hart_id()) {
        take(&lock->held);
        lock->owner = hart_id();
    }
    lock->depth++;
    return on;
}

void rt_unlock(struct rt_lock *lock, bool on)
{
    if (harts_started && --lock->depth == 0)
        give(&lock->held);
    irq_restore(on);
}
