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

/* What is on a stack that switch_to has left: so many words, and the number of the one that it
 * returns to. The program uses no floating point, so those registers stay. */
#if defined(__x86_64__)
enum { WORDS = 8, RETURN = 6 };
__asm__(".text; .globl switch_to; switch_to:"
        "push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15;"
        "mov %rsp, (%rdi); mov %rsi, %rsp;"
        "pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp; ret");
#elif defined(__riscv)
enum { WORDS = 14, RETURN = 0 };
__asm__(".text; .globl switch_to; switch_to:"
        "addi sp, sp, -112; sd ra, 0(sp); sd s0, 8(sp); sd s1, 16(sp); sd s2, 24(sp);"
        "sd s3, 32(sp); sd s4, 40(sp); sd s5, 48(sp); sd s6, 56(sp); sd s7, 64(sp);"
        "sd s8, 72(sp); sd s9, 80(sp); sd s10, 88(sp); sd s11, 96(sp);"
        "sd sp, 0(a0); mv sp, a1;"
        "ld ra, 0(sp); ld s0, 8(sp); ld s1, 16(sp); ld s2, 24(sp);"
        "ld s3, 32(sp); ld s4, 40(sp); ld s5, 48(sp); ld s6, 56(sp); ld s7, 64(sp);"
        "ld s8, 72(sp); ld s9, 80(sp); ld s10, 88(sp); ld s11, 96(sp); addi sp, sp, 112; ret");
#elif defined(__aarch64__)
enum { WORDS = 12, RETURN = 11 };
__asm__(".text; .globl switch_to; switch_to:"
        "sub sp, sp, #96; stp x19, x20, [sp]; stp x21, x22, [sp, #16]; stp x23, x24, [sp, #32];"
        "stp x25, x26, [sp, #48]; stp x27, x28, [sp, #64]; stp x29, x30, [sp, #80];"
        "mov x9, sp; str x9, [x0]; mov sp, x1;"
        "ldp x19, x20, [sp]; ldp x21, x22, [sp, #16]; ldp x23, x24, [sp, #32];"
        "ldp x25, x26, [sp, #48]; ldp x27, x28, [sp, #64]; ldp x29, x30, [sp, #80];"
        "add sp, sp, #96; ret");
#else
#error switch_to is not written for this machine: save what its calls preserve
#endif

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
