/* SPDX-License-Identifier: MIT */
/*
 * Checks of locks: a hart that takes a lock it holds waits for ever; and so may two harts that take
 * two locks in different orders. The order is checked at each spin_lock, so that it is found also
 * when no hart waits: an edge goes from each lock that a hart holds to the one that it takes.
 */
#include "check.h"

#include <guest.h>
#include <machine.h>

void __real_spin_lock(struct spinlock *lock);
void __real_spin_unlock(struct spinlock *lock);

#define LOCKS_MAX 128 /* the checks know so many */
#define NESTED    8   /* and so many that a hart holds */

struct edge {
    uintptr_t held,
        taken; /* return addresses; 0: the second lock was never taken under the first */
};

static const struct spinlock *locks[LOCKS_MAX];
static unsigned lock_count;
static struct edge edges[LOCKS_MAX][LOCKS_MAX];
static struct holding {
    const struct spinlock *lock;
    uintptr_t pc;
} holding[LAB_HARTS_MAX][NESTED];

/* Returns the number of a lock, and gives it one; LOCKS_MAX if there are too many. */
static unsigned number_of(const struct spinlock *lock)
{
    unsigned i = 0;

    while (i < lock_count && locks[i] != lock)
        i++;
    if (i == lock_count && i < LOCKS_MAX)
        locks[lock_count++] = lock;
    return i;
}

/* Returns the first edge of a way from one lock to another; NULL if there is none. `seen` has the
 * locks that were tried. */
static const struct edge *way(unsigned from, unsigned to, bool seen[LOCKS_MAX])
{
    seen[from] = true;
    if (edges[from][to].taken)
        return &edges[from][to];
    for (unsigned i = 0; i < lock_count; i++)
        if (edges[from][i].taken && !seen[i] && way(i, to, seen))
            return &edges[from][i];
    return NULL;
}

/* Returns where this hart notes a lock: NULL, a free place. Or NULL. */
static struct holding *place_of(unsigned hart, const struct spinlock *lock)
{
    for (struct holding *h = holding[hart]; h < holding[hart] + NESTED; h++)
        if (h->lock == lock)
            return h;
    return NULL;
}

/* Adds the edges to a lock that the hart is about to take. Call it with the checks' lock. */
static void check_order(unsigned hart, const struct spinlock *lock, struct site site)
{
    unsigned to = number_of(lock);

    for (const struct holding *h = holding[hart]; h < holding[hart] + NESTED; h++) {
        unsigned from = h->lock ? number_of(h->lock) : LOCKS_MAX;
        const struct edge *back;

        if (to == LOCKS_MAX || from == LOCKS_MAX)
            continue;
        back = way(to, from, (bool[LOCKS_MAX]){false});
        if (back)
            check_report(
                site, NULL, 0,
                "lock order: this hart holds the lock it took at %s; %s took another while "
                "it held this one, taken at %s: two harts could wait for each other",
                check_line(h->pc), check_line(back->taken), check_line(back->held));
        edges[from][to] = (struct edge){h->pc, site.pc};
    }
}

void __wrap_spin_lock(struct spinlock *lock);
void __wrap_spin_lock(struct spinlock *lock)
{
    unsigned hart = hart_id();
    bool irq = check_lock();
    struct holding *held = place_of(hart, lock);

    if (held)
        check_report(SITE(), NULL, 0,
                     "deadlock: spin_lock of a lock that this hart holds already, taken at %s",
                     check_line(held->pc));
    check_order(hart, lock, SITE());
    check_unlock(irq);
    __real_spin_lock(lock);
    if (race_acquire)
        race_acquire(lock);
    irq = check_lock();
    held = place_of(hart, NULL);
    if (held)
        *held = (struct holding){lock, SITE().pc};
    check_unlock(irq);
}

void __wrap_spin_unlock(struct spinlock *lock);
void __wrap_spin_unlock(struct spinlock *lock)
{
    unsigned hart = hart_id();
    bool irq = check_lock();
    struct holding *held = place_of(hart, lock);

    if (!lock->held)
        check_report(SITE(), NULL, 0, "spin_unlock of a lock that is free");
    for (unsigned i = 0; !held && i < LAB_HARTS_MAX; i++)
        if (i != hart && (held = place_of(i, lock)))
            check_report(SITE(), NULL, 0, "spin_unlock of a lock that hart %u holds, taken at %s",
                         i, check_line(held->pc));
    if (held)
        held->lock = NULL;
    check_unlock(irq);
    if (race_release)
        race_release(lock);
    __real_spin_unlock(lock);
}
