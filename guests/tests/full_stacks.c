/* SPDX-License-Identifier: MIT */
/*
 * The stacks of all harts are full at the same time. On RISC-V each hart's handler runs on a stack
 * of its own, and has 8 KiB there; on x86 the first double fault ends the VM.
 */
#include <guest.h>

#include "check.h"

static struct barrier barrier;
static volatile unsigned done;
static volatile int none; /* volatile: the compiler must not see that the recursion has no end */

static __attribute__((noinline)) int deep(int n)
{
    volatile char here[512];

    here[0] = (char)n;
    return n == none - 1 ? 0 : deep(n + 1) + here[0];
}

static bool handler(struct trap *trap)
{
    volatile unsigned char mine[8000];

    (void)trap;
    for (unsigned i = 0; i < sizeof(mine); i++)
        mine[i] = (unsigned char)hart_id();
    barrier_wait(&barrier);
    for (unsigned i = 0; i < sizeof(mine); i++)
        CHECK_EQ(mine[i], hart_id());
    if (__atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST) == hart_count()) {
        printf("%u stacks are full\n", done);
        exit(0);
    }
    for (;;)
        ;
}

static void fill(void *unused)
{
    (void)unused;
    barrier_wait(&barrier);
    deep(0);
}

int main(void)
{
    barrier.count = hart_count();
    trap_set_handler(TRAP_PAGE_FAULT, handler);
    for (unsigned id = 1; id < hart_count(); id++)
        CHECK_EQ(hart_start(id, fill, NULL), 0);
    fill(NULL);
    return 1;
}
