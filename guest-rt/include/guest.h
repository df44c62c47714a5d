/* SPDX-License-Identifier: MIT */
/*
 * What a guest can use beyond the standard C library: timers, traps, interrupts, harts.
 * <call.h> has the hypercalls themselves, one function each (sbi_...).
 */
#ifndef GUEST_H
#define GUEST_H

#include <call.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/cdefs.h>

__BEGIN_DECLS

/* ---- Time ---- */

#define NS_PER_S  1000000000ull
#define NS_PER_MS 1000000ull
#define NS_PER_US 1000ull

/* Return the clock (TSC on x86, time on RISC-V), and its frequency in Hz as the VMM announces it.
 */
uint64_t time_ticks(void);
uint64_t time_frequency(void);

/* Returns nanoseconds since the clock's zero. */
uint64_t time_ns(void);

/*
 * Calls tick from the timer's interrupt every period_ns nanoseconds, until timer_stop. Each
 * hart has one such timer: a second call replaces the first. A tick that comes too late is
 * left out. tick may print, allocate, set timers and sleep. It runs on the stack of its hart,
 * which has 256 KiB.
 *
 * A period below TIMER_MIN_NS, also 0, counts as TIMER_MIN_NS. If two ticks in a row take longer
 * than the period, then the interrupted code first gets as much time as they took: ticks in it are
 * left out.
 */
#define TIMER_MIN_NS (10 * NS_PER_US)
void timer_every(uint64_t period_ns, void (*tick)(void));
void timer_stop(void);

/* Returns how many of this hart's ticks have been left out. */
uint64_t timer_dropped(void);

/* Sleeps at least ns nanoseconds, without using the host's CPU. Interrupts are handled. */
void sleep_ns(uint64_t ns);

/* ---- Keys ---- */

/*
 * Waits at most ns nanoseconds for input, without using the host's CPU, and reads up to len bytes
 * (len > 0) of it into buf. Writes out stdout's buffer first. From a terminal a key comes at once,
 * and is not shown; an arrow is several bytes ("\033[A"), and ^C is 3. What getchar and its kind
 * have read from stdin already does not come.
 *
 * If interrupts are on, they are handled meanwhile. If they are off, they wait.
 * Returns the number of bytes read; 0 at the end of input; -1 if the time is over.
 */
long console_read_for(char *buf, size_t len, uint64_t ns);

/* ---- Interrupts ---- */

/* Turn interrupts on or off, and return whether they were on before; irq_restore takes that value.
 * They are off when main starts. timer_every turns them on. */
bool irq_enable(void);
bool irq_disable(void);
void irq_restore(bool on);

/* Waits for an interrupt and handles it. Interrupts are off before and after. It also returns for
 * an interrupt that came after irq_disable and before this call. */
void irq_wait(void);

/* ---- Harts ---- */

/* Return the number of harts (labvisor -c N), and the number of this one, from 0. */
unsigned hart_count(void);
unsigned hart_id(void);

/*
 * Starts a hart, which calls function(argument) with its own stack, 256 KiB, and stops when the
 * function returns. Then it can be started again. Its interrupts are off at first.
 * Returns 0; SBI_ERR_INVALID_PARAM if there is no such hart; SBI_ERR_ALREADY_AVAILABLE if it
 * runs.
 */
int hart_start(unsigned id, void (*function)(void *argument), void *argument);

/* Waits until a hart has stopped; interrupts are handled. Returns 0; SBI_ERR_INVALID_PARAM, at
 * once, if there is no such hart, if it is this one, or the one that runs main, which never stops.
 */
int hart_join(unsigned id);

/* Interrupts a hart, if there is such a hart; sets the handler of these interrupts, for all harts.
 * It runs once for one ipi_send, or for several that came while interrupts were off. */
void ipi_send(unsigned id);
void ipi_set_handler(void (*handler)(void));

/* A lock: one hart at a time holds it. Interrupts stay as they are: if a tick takes it, too, turn
 * them off first, or the tick waits for ever. {0} is a free lock. */
struct spinlock {
    volatile unsigned held;
};
void spin_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock);

/* At a barrier, `count` harts wait for each other: struct barrier b = {.count = N}. */
struct barrier {
    unsigned count;
    unsigned arrived, round;
};
void barrier_wait(struct barrier *barrier);

/* ---- Traps ---- */

enum trap_kind {
    TRAP_PAGE_FAULT,
    TRAP_ILLEGAL_INSTRUCTION,
    TRAP_BREAKPOINT,
    TRAP_DIVIDE_ERROR, /* never on RISC-V: there, x / 0 is -1 */
    TRAP_PROTECTION,   /* a privileged or another forbidden operation */
    TRAP_OTHER,
    TRAP_KIND_COUNT
};

struct trap_frame; /* all registers of the interrupted code: <trap_frame.h> */

struct trap {
    enum trap_kind kind;
    unsigned long cause; /* the architecture's number: the vector, or scause */
    uintptr_t pc;        /* the instruction's address; a handler may change it */
    uintptr_t address;   /* TRAP_PAGE_FAULT: the address that was accessed */
    struct trap_frame *frame;
};

/*
 * Installs the handler for one kind of trap; NULL: none. Returns the one before, or NULL.
 * A handler returns true to go on at trap->pc, false if it does not handle this trap.
 * A trap without a handler ends the guest, which prints its registers. So does a trap of the same
 * kind in the handler itself.
 *
 * A handler, or a tick, may also leave by longjmp. Then interrupts are as in the code that was
 * interrupted, and that hart holds none of the runtime's locks any longer.
 */
typedef bool trap_handler(struct trap *trap);
trap_handler *trap_set_handler(enum trap_kind kind, trap_handler *handler);

/* ---- The VMM ---- */

/* Returns the address after the last byte of RAM. */
uintptr_t ram_end(void);

/* Ends the VM with a status (0..255) at once: no atexit handlers, no flushing. */
__attribute__((__noreturn__)) void vm_exit(int status);

/* Returns how many VM exits of one kind (sbi.h) this vCPU has made; 0 if the VMM does not say. */
uint64_t vm_exit_count(enum exit_kind kind);

__END_DECLS

#endif
