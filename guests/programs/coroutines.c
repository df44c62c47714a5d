/* SPDX-License-Identifier: MIT */
/*
 * Coroutines by setjmp and longjmp alone: do two trees of different shape have the same leaves?
 * Each tree is walked by a coroutine, only as far as it is needed. Look for: a jmp_buf is the place
 * in a function, with its registers; where its variables lie, on the stack, nobody else may write
 * meanwhile.
 *
 *   labvisor coroutines.elf "((1 2) 3)" "(1 (2 3))"
 *
 * C does not promise that longjmp enters a function that was left by longjmp. Compilers and C
 * libraries do it, as long as the function's part of the stack is whole.
 */
#undef _FORTIFY_SOURCE /* glibc's checks of longjmp would forbid it */
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>

enum { ROOM = 16 * 1024 }; /* bytes of stack that a coroutine has */

struct coroutine {
    jmp_buf inside, outside;
    const char *text; /* the rest of its tree */
    int leaf;         /* a digit; 0: there are no more */
};

/* Gives a leaf to the code that called resume, and comes back with its next call. */
static void yield(struct coroutine *c, int leaf)
{
    c->leaf = leaf;
    if (setjmp(c->inside) == 0)
        longjmp(c->outside, 1);
}

static void resume(struct coroutine *c)
{
    if (setjmp(c->outside) == 0)
        longjmp(c->inside, 1);
}

/* Walks a tree, as a function does that knows nothing of coroutines but yield. */
static void walk(struct coroutine *c)
{
    char now = *c->text++;

    if (now >= '0' && now <= '9')
        yield(c, now);
    if (now != '(')
        return;
    while (*c->text && *c->text != ')')
        walk(c);
    if (*c->text)
        c->text++;
}

/* The first function of a coroutine. It never returns. */
static __attribute__((noinline)) void run(struct coroutine *c)
{
    if (setjmp(c->inside) == 0)
        longjmp(c->outside, 1);
    walk(c);
    for (;;)
        yield(c, 0);
}

/* Starts a coroutine below so many bytes of this stack, which are left to others. */
static __attribute__((noinline)) void start_below(struct coroutine *c, size_t bytes)
{
    volatile char room[bytes];

    room[0] = 0;
    run(c);
    room[bytes - 1] = room[0]; /* so that the call is not the last thing here, and keeps the room */
}

static void start(struct coroutine *c, int number, const char *text)
{
    c->text = text;
    if (setjmp(c->outside) == 0)
        start_below(c, ROOM * (size_t)(number + 1)); /* the first piece is main's */
}

int main(int argc, char **argv)
{
    static struct coroutine c[2];

    for (int i = 0; i < 2; i++)
        start(&c[i], i, argc == 3 ? argv[1 + i] : i == 0 ? "((1 2) (3 4))" : "(1 (2 (3 4)))");
    do {
        resume(&c[0]);
        resume(&c[1]);
        printf("%c %c\n", c[0].leaf ? c[0].leaf : '-', c[1].leaf ? c[1].leaf : '-');
    } while (c[0].leaf == c[1].leaf && c[0].leaf);
    printf(c[0].leaf == c[1].leaf ? "the same\n" : "different\n");
    return c[0].leaf != c[1].leaf;
}
