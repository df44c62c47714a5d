/* SPDX-License-Identifier: MIT */
/*
 * Locks, and what a hart has begun and not ended: the runtime's locks that it holds, and the traps
 * and interrupts that it handles. These nest.
 *
 * Why rt_lock is right under RVWMO (RISC-V unprivileged spec, 14.1; "rule" is one of its preserved
 * program order):
 * - owner is one word, and every access to it is atomic. Only a hart itself writes its number
 *   there, and it writes 0 before it goes on without the lock. A load returns this hart's own last
 *   store or a later one (load value axiom), and a later one of another hart is not its number. So
 *   "owner == self" is true only for the holder, with any memory order.
 * - The compare-and-swap that takes the lock is an acquire (rules 5 and 8): what the hart then
 *   accesses comes after it. The store of 0 is a release (a fence, rule 4; or rule 6): what it has
 *   accessed comes before it. The next holder's load returns that 0, or a later one. So it sees
 *   all that the holders before it wrote.
 * - depth and nested are accessed by the holder alone.
 */
#include "arch.h"
#include "rt.h"

#include <machine.h>

static struct nested *innermost[LAB_HARTS_MAX];

/* Writes value to a word if that is 0. Returns whether it was. */
static bool take(volatile unsigned *word, unsigned value)
{
    unsigned free = 0;

    return __atomic_compare_exchange_n(word, &free, value, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

/* Waits by loads only: these slow down the holder less than atomic operations. */
static void wait_while_taken(const volatile unsigned *word)
{
    while (__atomic_load_n(word, __ATOMIC_RELAXED))
        arch_relax();
}

static void give(volatile unsigned *word)
{
    __atomic_store_n(word, 0, __ATOMIC_RELEASE);
}

void spin_lock(struct spinlock *lock)
{
    while (!take(&lock->held, 1))
        wait_while_taken(&lock->held);
}

void spin_unlock(struct spinlock *lock)
{
    give(&lock->held);
}

void barrier_wait(struct barrier *barrier)
{
    unsigned round = __atomic_load_n(&barrier->round, __ATOMIC_RELAXED);

    if (__atomic_add_fetch(&barrier->arrived, 1, __ATOMIC_ACQ_REL) == barrier->count) {
        __atomic_store_n(&barrier->arrived, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&barrier->round, round + 1, __ATOMIC_RELEASE);
        return;
    }
    while (__atomic_load_n(&barrier->round, __ATOMIC_ACQUIRE) == round)
        arch_relax();
}

static void begin(unsigned hart, struct nested *nested)
{
    nested->outer = innermost[hart];
    innermost[hart] = nested;
}

void nested_begin(struct nested *nested)
{
    begin(hart_id(), nested);
}

void nested_end(const struct nested *nested)
{
    innermost[hart_id()] = nested->outer;
}

struct nested *nested_innermost(void)
{
    return innermost[hart_id()];
}

bool nested_leave(struct nested *outer, bool *irq)
{
    struct nested **inner = &innermost[hart_id()], *n = *inner;

    while (n && n != outer)
        n = n->outer;
    if (n != outer) {
        *inner = outer;
        return false;
    }
    while (*inner != outer) {
        n = *inner;
        *inner = n->outer; /* before the lock, which it is a part of, is another hart's */
        *irq = n->irq;
        if (n->lock) {
            n->lock->depth = 0;
            give(&n->lock->owner);
        }
    }
    return true;
}

bool rt_lock(struct rt_lock *lock)
{
    bool on = irq_disable();
    unsigned self = hart_id() + 1;

    if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) != self) {
        while (!take(&lock->owner, self)) {
            irq_restore(on); /* ticks go on during the wait */
            wait_while_taken(&lock->owner);
            irq_disable();
        }
        lock->nested.lock = lock;
        lock->nested.irq = on;
        begin(self - 1, &lock->nested);
    }
    lock->depth++;
    return on;
}

void rt_unlock(struct rt_lock *lock, bool on)
{
    if (--lock->depth == 0) {
        innermost[__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) - 1] = lock->nested.outer;
        give(&lock->owner);
    }
    if (on)
        irq_restore(true);
}
