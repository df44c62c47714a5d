/* What an architecture's folder gives the rest of the runtime. */
#ifndef GUEST_RT_ARCH_H
#define GUEST_RT_ARCH_H

#include <guest.h>
#include <stdio.h>

/* The version of the ABI that this VMM serves, or 0 if it is not Labvisor. */
uint32_t arch_abi_version(void);

/* Whether interrupts are on, and turning them on and off. */
bool arch_irq_enabled(void);
void arch_irq_enable(void);
void arch_irq_disable(void);

/* Turns interrupts on, waits for one, and turns them off again, with no gap. */
void arch_irq_wait(void);

/* Prints the registers of a trap frame. */
void arch_print_frame(const struct trap_frame *frame);

/* Stops this hart for good, where nothing else can be done. */
_Noreturn void arch_stop(void);

/* trap.c: an exception, decoded. Returns to go on at trap->pc, or not at all. */
void trap_serve(struct trap *trap);

/* timer.c: the timer's interrupt. */
void timer_interrupt(void);

#endif
