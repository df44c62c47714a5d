/* SPDX-License-Identifier: MIT */
/* Must die, by the error that the first argument names, on the hart that the second one names. */
#include <assert.h>
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *volatile nowhere = (char *)8;
static const char *how;
static char block[64] __attribute__((aligned(16)));

/* Volatile: the compiler must not see that the recursion has no end. */
static volatile int none;

static __attribute__((noinline)) int deep(int n)
{
    volatile char here[512];

    here[0] = (char)n;
    return n == none - 1 ? 0 : deep(n + 1) + here[0];
}

static bool store_again(struct trap *trap)
{
    (void)trap;
    printf("in the handler\n");
    *nowhere = 1;
    return true;
}

static bool fill_stack(struct trap *trap)
{
    (void)trap;
    return deep(0);
}

static void null_tick(void)
{
    *nowhere = 1;
}

static void deep_tick(void)
{
    deep(0);
}

/* The block is the last one, and has 16 bytes: there is no other block after it. */
static __attribute__((noinline)) void overrun(void)
{
    char *volatile p = malloc(10);

    for (int i = 0; i < 24; i++)
        p[i] = 1;
    if (strcmp(how, "overrun") == 0)
        free(p);
}

static __attribute__((noinline)) void free_twice(void)
{
    char *volatile p = malloc(10), *volatile q = malloc(10);

    free(p);
    free(p);
    free(q);
}

static void fail(void *unused)
{
    volatile int zero = 0, seven = 7;

    (void)unused;
    if (strcmp(how, "abort") == 0)
        abort();
    if (strcmp(how, "assert") == 0)
        assert(zero == 1);
    if (strcmp(how, "free-twice") == 0)
        free_twice();
    if (strcmp(how, "overrun") == 0)
        overrun();
    if (strcmp(how, "overrun-seen-later") == 0) {
        overrun();
        free(malloc(20));
    }
    if (strcmp(how, "foreign") == 0)
        free(block + 16);
    if (strcmp(how, "string") == 0)
        printf("%s\n", nowhere);
    if (strcmp(how, "divide") == 0)
        printf("%d\n", seven / zero);
    if (strcmp(how, "fault-in-handler") == 0) {
        trap_set_handler(TRAP_PAGE_FAULT, store_again);
        *nowhere = 1;
    }
    if (strcmp(how, "deep-in-handler") == 0) {
        trap_set_handler(TRAP_PAGE_FAULT, fill_stack);
        *nowhere = 1;
    }
    if (strcmp(how, "handler-of-deep") == 0) {
        trap_set_handler(TRAP_PAGE_FAULT, fill_stack);
        deep(0);
    }
    if (strcmp(how, "tick") == 0)
        timer_every(NS_PER_MS, null_tick);
    if (strcmp(how, "deep-tick") == 0)
        timer_every(NS_PER_MS, deep_tick);
    if (strcmp(how, "deep") == 0)
        deep(0);
    sleep_ns(NS_PER_S);
    printf("never here\n");
}

/* Two harts at once, while they print. */
static void print_until_death(void *unused)
{
    (void)unused;
    for (int i = 0; i < 20; i++)
        printf("hart %u prints\n", hart_id());
    printf("%s\n", nowhere);
}

int main(int argc, char **argv)
{
    how = argc > 1 ? argv[1] : "";
    if (strcmp(how, "all") == 0) {
        for (unsigned id = 1; id < hart_count(); id++)
            hart_start(id, print_until_death, NULL);
        print_until_death(NULL);
    } else if (argc > 2) {
        hart_start((unsigned)atoi(argv[2]), fail, NULL);
        hart_join((unsigned)atoi(argv[2]));
    } else {
        fail(NULL);
    }
    return 0;
}
