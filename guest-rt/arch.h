/* What an architecture's folder gives the rest of the runtime. */
#ifndef GUEST_RT_ARCH_H
#define GUEST_RT_ARCH_H

#include <guest.h>
#include <stdio.h>

/* Finds out how calls are made here; before the first one. Returns the version of the ABI that
 * this VMM serves, or 0 if it does not serve our calls. */
uint32_t arch_find_vmm(void);

/* The clock's frequency in Hz as the machine tells it; 0: it does not. Asked where
 * LAB.get_timebase is not served. */
uint64_t arch_time_frequency(void);

/* Puts the command line into buf, as LAB.get_args would, where that is not served.
 * Returns its size; 0 if the machine tells none. */
size_t arch_get_args(char *buf, size_t size);

/* Whether interrupts are on, and turning them on and off. */
bool arch_irq_enabled(void);
void arch_irq_enable(void);
void arch_irq_disable(void);

/* Turns interrupts on, waits for one, and turns them off again, with no gap. */
void arch_irq_wait(void);

/* The frame pointer of the code that a trap has interrupted. */
uintptr_t arch_frame_pointer(const struct trap_frame *frame);

/* Where that code returns to if it has no frame of its own, or 0. */
uintptr_t arch_return_address(const struct trap_frame *frame);

/* Whether it had interrupts on. */
bool arch_frame_irq_enabled(const struct trap_frame *frame);

/* Prints the registers of a trap frame. */
void arch_print_frame(const struct trap_frame *frame);

/* What a hart does while it spins. */
void arch_relax(void);

/* entry.S: where a hart starts that hart_start has started. */
extern const char hart_entry[];

/* The machine, as entry.S has found it: the end of RAM, and how many harts there are. */
extern uintptr_t end_of_ram;
extern unsigned harts_present;

/* harts.c: whether another hart than the first was ever started. */
extern bool harts_started;

/* harts.c: the interrupt that another hart has sent. */
void ipi_interrupt(void);

/* Stops this hart for good, where nothing else can be done. */
_Noreturn void arch_stop(void);

/* trap.c: an exception, decoded. Returns to go on at trap->pc, or not at all. */
void trap_serve(struct trap *trap);

/* timer.c: the timer's interrupt. */
void timer_interrupt(void);

#endif
