/* SPDX-License-Identifier: MIT */
/* Shows when an interrupt is taken, and which one of two first. */
#include <guest.h>
#include <stdio.h>
#include <trap_frame.h>

#define STIE (1ul << 5) /* of sie: enables the timer interrupt */
#define SSIE (1ul << 1)

#define SIE  2          /* of sstatus: interrupts in S-mode */
#define SPIE (1ul << 5) /* SIE after sret */
#define SPP  (1ul << 8) /* and the mode, 1: S */

static volatile unsigned taken;
static char order[8];

static void on_tick(void)
{
    order[taken++ % 7] = 'T';
    timer_stop();
}

static void on_ipi(void)
{
    order[taken++ % 7] = 'S';
}

/* Lets an interrupt come here in place of the runtime's trap_vector. Returns its cause, or 0 if
 * none has come. Interrupts are off before and after, and this one is still pending. */
static unsigned long cause_of_next(void)
{
    unsigned long cause = 0, vector;

    __asm__ volatile("       csrr  %1, stvec\n"
                     "       la    t0, 2f\n"
                     "       csrw  stvec, t0\n"
                     "       li    t0, 1000\n"
                     "       csrsi sstatus, %2\n"
                     "1:     addi  t0, t0, -1\n"
                     "       bnez  t0, 1b\n"
                     "       csrci sstatus, %2\n"
                     "       j     3f\n"
                     "       .balign 4\n"
                     "2:     csrr  %0, scause\n"
                     "3:     csrw  stvec, %1"
                     : "+&r"(cause), "=&r"(vector)
                     : "i"(SIE)
                     : "t0", "memory");
    return cause;
}

static void compute(void)
{
    for (volatile unsigned i = 0; i < 10000; i = i + 1)
        ;
}

static void tell(const char *when)
{
    printf("%s: %u '%s'\n", when, taken, order);
}

/* Ends user mode: S-mode goes on after the ecall. */
static bool leave_user_mode(struct trap *trap)
{
    trap->frame->sstatus |= SPP;
    trap->pc += 4;
    return true;
}

/* Computes in U-mode, with SIE off. Without translation all of RAM is the user's, too. */
static void compute_as_user(void)
{
    trap_set_handler(TRAP_OTHER, leave_user_mode);
    __asm__ volatile("csrw satp, zero\n\tsfence.vma" ::: "memory");
    __asm__ volatile("csrc sstatus, %0\n"
                     "       la   t0, 1f\n"
                     "       csrw sepc, t0\n"
                     "       sret\n"
                     "1:" ::"r"(SPIE | SPP)
                     : "t0", "memory");
    compute();
    __asm__ volatile("ecall" ::: "memory");
}

int main(void)
{
    ipi_set_handler(on_ipi);
    timer_every(20 * NS_PER_US, on_tick);
    irq_disable();
    compute();
    tell("interrupts off");
    printf("its cause: 0x%lx\n", cause_of_next());
    irq_enable();
    compute();
    tell("on");
    __asm__ volatile("csrc sie, %0" ::"r"(STIE));
    timer_every(20 * NS_PER_US, on_tick);
    compute();
    tell("the timer's own switch off");
    __asm__ volatile("csrs sie, %0" ::"r"(STIE));
    compute();
    tell("on again");
    irq_disable();
    __asm__ volatile("csrs sie, %0" ::"r"(SSIE));
    timer_every(20 * NS_PER_US, on_tick);
    irq_disable();
    ipi_send(0);
    compute();
    irq_enable();
    compute();
    tell("two at once");
    timer_every(20 * NS_PER_US, on_tick);
    irq_disable();
    compute_as_user();
    tell("off, but in U-mode");
    return 0;
}
