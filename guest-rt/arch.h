/* SPDX-License-Identifier: MIT */
/* The functions that each architecture's folder defines for the rest of the runtime, and the other
 * way round. */
#ifndef GUEST_RT_ARCH_H
#define GUEST_RT_ARCH_H

#include <guest.h>

/* Finds out how to make hypercalls. Call it before the first one. Returns the ABI version of this
 * VMM, or 0 if it does not support our calls. */
uint32_t arch_find_vmm(void);

/* Returns the clock's frequency in Hz as the machine states it, or 0. The runtime asks if the VMM
 * does not have LAB.get_timebase. */
uint64_t arch_time_frequency(void);

/* Writes the command line to buf, as LAB.get_args would, if the VMM does not have that.
 * Returns its size in bytes; 0 if the machine states none. */
size_t arch_get_args(char *buf, size_t size);

/* Returns whether interrupts are on; turns them on. irq_disable of <guest.h> turns them off. */
bool arch_irq_enabled(void);
void arch_irq_enable(void);

/* Turns interrupts on, waits for one, and turns them off again, with no gap. */
void arch_irq_wait(void);

/* Returns the frame pointer of the code that a trap has interrupted. */
uintptr_t arch_frame_pointer(const struct trap_frame *frame);

/* Returns that code's return address for the case that it has no frame, or 0. */
uintptr_t arch_return_address(const struct trap_frame *frame);

/* Returns whether that code had interrupts on. */
bool arch_frame_irq_enabled(const struct trap_frame *frame);

/* Prints the registers of a trap frame (dump.h). */
void arch_print_frame(const struct trap_frame *frame);

/* Returns `size` bytes for this hart's thread-local variables, and has the CPU use them. guest.ld
 * checks that they have room. */
char *arch_tls(size_t size);

/* Tells the CPU that this hart spins. */
void arch_relax(void);

/* entry.S: the first instruction of a hart that hart_start starts. */
extern const char hart_entry[];

/* The machine as entry.S found it: the end of RAM, the number of harts. */
extern uintptr_t end_of_ram;
extern unsigned harts_present;

/* harts.c: this hart, the first one, runs main. */
void hart_first(void);

/* harts.c: handles the interrupt that another hart has sent. */
void ipi_interrupt(void);

/* Stops this hart for ever, when nothing else is possible. */
_Noreturn void arch_stop(void);

/* trap.c: handles a decoded exception. If it returns, the guest goes on at trap->pc, and interrupts
 * are off. */
void trap_handle(struct trap *trap);

/* trap.c: handles an interrupt by a function of the runtime. Interrupts are off before and after.
 */
void interrupt_handle(void (*handle)(void));

/* start.c: gives this hart its thread-local variables. errno is one. */
void tls_start(void);

/* timer.c: handles the timer's interrupt. */
void timer_interrupt(void);

#endif
