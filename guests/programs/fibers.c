/* SPDX-License-Identifier: MIT */
/*
 * Prime numbers by fibers: functions that each have a stack, and switch among these. The first
 * fiber counts; each prime gets a fiber that passes on what it does not divide. Look for: switch_to
 * saves on one stack the registers that a call preserves, loads them from another, and returns into
 * another fiber.
 *
 *   labvisor fibers.elf 100
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { STACK = 16 * 1024 };

struct fiber {
    void *top;            /* of its stack, while it does not run */
    void *caller;         /* of the stack of the code that waits for a number */
    struct fiber *source; /* the fiber before; NULL: none */
    unsigned prime;
    unsigned value; /* the number that it has made last */
};

/* Saves registers on this stack and its top in *from, and goes on with the stack whose top is `to`.
 */
void switch_to(void **from, void *to);

#include "switch_to.h" /* of the machine */

static struct fiber *running;

/* Lets a fiber run until it has made its next number. */
static unsigned next(struct fiber *f)
{
    struct fiber *self = running;

    running = f;
    switch_to(&f->caller, f->top);
    running = self;
    return f->value;
}

static void yield(unsigned value)
{
    running->value = value;
    switch_to(&running->top, running->caller);
}

static void count(void)
{
    for (unsigned i = 2;; i++)
        yield(i);
}

static void filter(void)
{
    const struct fiber *self = running;

    for (;;) {
        unsigned i = next(self->source);

        if (i % self->prime)
            yield(i);
    }
}

static struct fiber *make(void (*function)(void), struct fiber *source, unsigned prime)
{
    struct fiber *f = malloc(sizeof(*f));
    uintptr_t *stack = aligned_alloc(16, STACK);

    if (!f || !stack) {
        printf("fibers: no memory is left\n");
        exit(1);
    }
    stack += STACK / sizeof(*stack) - WORDS;
    stack[RETURN] = (uintptr_t)function;
    *f = (struct fiber){.top = stack, .source = source, .prime = prime};
    return f;
}

int main(int argc, char **argv)
{
    unsigned limit = argc > 1 ? (unsigned)atoi(argv[1]) : 50;
    struct fiber *last = make(count, NULL, 0);

    for (;;) {
        unsigned prime = next(last);

        if (prime > limit)
            break;
        printf("%u\n", prime);
        last = make(filter, last, prime);
    }
    return 0;
}
