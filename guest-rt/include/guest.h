/*
 * What a guest can do beyond the standard C library: timers, traps, interrupts, the
 * LAB calls. The calls themselves, one function each, come with <call.h> (sbi_...).
 */
#ifndef GUEST_H
#define GUEST_H

#include <call.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Time ---- */

#define NS_PER_S  1000000000ull
#define NS_PER_MS 1000000ull
#define NS_PER_US 1000ull

/* The clock (TSC on x86, time on RISC-V), and its frequency in Hz as the VMM announces it. */
uint64_t time_ticks(void);
uint64_t time_frequency(void);

/* Nanoseconds since the clock's zero. */
uint64_t time_ns(void);

/*
 * Calls tick from the timer's interrupt, every period_ns from now on, until
 * timer_stop. One such timer at a time on each hart: a second call replaces the first. A tick
 * that comes too late is left out, not made up for. tick may print, allocate, set timers and
 * sleep. It runs on the stack of its hart, which has 256 KiB.
 */
void timer_every(uint64_t period_ns, void (*tick)(void));
void timer_stop(void);

/* Sleeps at least so long: the vCPU leaves the host's CPU alone. Interrupts are served. */
void sleep_ns(uint64_t ns);

/* ---- Interrupts ---- */

/* Each returns whether interrupts were on before; irq_restore takes that back. They are
 * off when main starts; timer_every turns them on. */
bool irq_enable(void);
bool irq_disable(void);
void irq_restore(bool on);

/* With interrupts off: waits for one, serves it, and returns with interrupts off. None
 * that comes between irq_disable and this call is lost. */
void irq_wait(void);

/* ---- Harts ---- */

/* How many there are (labvisor -c N), and which this is, from 0. */
unsigned hart_count(void);
unsigned hart_id(void);

/*
 * Starts a hart, which calls function(argument) with a stack of its own, 256 KiB, and stops
 * when that returns; it may be started again then. Its interrupts are off at first.
 * Returns 0 or SBI_ERR_INVALID_PARAM if there is no such hart, SBI_ERR_ALREADY_AVAILABLE if
 * it is running. hart_join waits until it has stopped.
 */
int hart_start(unsigned id, void (*function)(void *argument), void *argument);
void hart_join(unsigned id);

/* Interrupts a hart; what handles that, on whichever hart. */
void ipi_send(unsigned id);
void ipi_set_handler(void (*handler)(void));

/* A lock: one hart at a time holds it. Interrupts stay as they are: if a tick takes it, too,
 * turn them off before. {0} is a lock that nobody holds. */
struct spinlock {
    volatile unsigned held;
};
void spin_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock);

/* A place where count harts wait for each other: struct barrier b = {.count = N}. */
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
    TRAP_PROTECTION,   /* a privileged or otherwise forbidden operation */
    TRAP_OTHER,
    TRAP_KIND_COUNT
};

struct trap_frame; /* all registers of the interrupted code: <trap_frame.h> */

struct trap {
    enum trap_kind kind;
    unsigned long cause; /* the architecture's number: vector, scause */
    uintptr_t pc;        /* the instruction; a handler may change it */
    uintptr_t address;   /* TRAP_PAGE_FAULT: what was accessed */
    struct trap_frame *frame;
};

/*
 * Installs what handles traps of one kind, and returns what did before; NULL: nobody.
 * The handler returns true to go on at trap->pc, false if the trap is not its own.
 * A trap that nobody handles ends the guest with a dump of its registers.
 */
typedef bool trap_handler(struct trap *trap);
trap_handler *trap_set_handler(enum trap_kind kind, trap_handler *handler);

/* ---- The VMM ---- */

/* The address behind the last byte of RAM. */
uintptr_t ram_end(void);

/* Ends the VM with a status (0..255) at once: no atexit handlers, no flushing. */
_Noreturn void vm_exit(int status);

/* VM exits of this vCPU so far, by kind (sbi.h); 0 where the VMM does not tell. */
uint64_t vm_exit_count(enum exit_kind kind);

#endif
