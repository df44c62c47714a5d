/* SPDX-License-Identifier: MIT */
/*
 * Shared by the runtime's own files. Guests include <guest.h> and the standard headers
 * instead.
 */
#ifndef GUEST_RT_H
#define GUEST_RT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* console.c: the VMM's console, unbuffered. */

/* Writes all len bytes at buf, in one exit if the VMM takes them at once.
 * Returns the number of bytes written: fewer than len only after an error. */
size_t console_write(const char *buf, size_t len);

/* Waits for input, then reads up to len bytes (len > 0) into buf.
 * Returns the number of bytes read; 0 at the end of input. */
size_t console_read(char *buf, size_t len);

/* Reads up to len bytes (len > 0) without waiting. Returns the number of bytes read: 0 if there are
 * none now. */
size_t console_read_now(char *buf, size_t len);

/* Returns whether input is a terminal: then only the guest echoes and edits it. */
bool console_is_terminal(void);

/* start.c */

/* The memory for malloc: from the end of the image to below the stack. */
extern char *heap_start, *heap_end;

/* Ends the VM with a status (0..255). Runs no atexit handler and flushes nothing. */
_Noreturn void vm_exit(int status);

/* Ends the VM as abort does. The VMM shows the callers, and ends with the status of a guest that
 * died; another VMM with 134. */
_Noreturn void vm_abort(void);

/* timer.c: the timebase, as <guest.h> shows it to guests. */
uint64_t time_ticks(void);
uint64_t time_frequency(void);

/* wall_clock.c: returns nanoseconds since 1970-01-01 00:00 UTC, or -1 if the VMM does not know
 * them. */
int64_t wall_clock_ns(void);

/* timer.c and cpu.c: interrupts, as <guest.h> shows them to guests. */
bool irq_disable(void);
void irq_restore(bool on);

/*
 * locks.c: what a hart has begun and not ended yet, a lock or the handling of a trap. longjmp ends
 * all that began after its setjmp.
 */
struct rt_lock;
struct nested {
    struct nested *outer; /* what it is inside of; NULL: nothing */
    struct rt_lock *lock; /* NULL: a trap or an interrupt */
    int kind;             /* of trap (enum trap_kind); another value: an interrupt */
    bool irq;             /* interrupts were on before it */
};

/* Begins one inside of all that this hart has begun; ends it. Interrupts are off. */
void nested_begin(struct nested *nested);
void nested_end(const struct nested *nested);

/* Returns the last one that this hart has begun, or NULL. */
struct nested *nested_innermost(void);

/*
 * Ends all that is inside `outer`, and gives its locks back. Sets *irq to whether interrupts were
 * on before; leaves it alone if nothing was inside. Interrupts are off. Returns false if `outer` is
 * not of this stack of calls, but of one that the guest switches to: then goes on with what that
 * one has begun.
 */
bool nested_leave(struct nested *outer, bool *irq);

/*
 * A lock for the runtime's own data. Interrupts are off while a hart holds it. That hart may take
 * it again. rt_unlock needs the value that rt_lock returned.
 */
struct rt_lock {
    volatile unsigned owner; /* the number of the hart that holds it, + 1; 0: none */
    unsigned depth;
    struct nested nested;
};
bool rt_lock(struct rt_lock *lock);
void rt_unlock(struct rt_lock *lock, bool irq);

/* stdio.c: writes out stdout's buffer. */
void stdio_flush(void);

/* start.c: runs the destructors, last first. */
void run_destructors(void);

/* stdlib.c: runs the atexit handlers, last first. */
void run_atexit(void);

/* stdlib.c: what is to be called at the end. add_at_exit adds to what exit calls; run_at_exit calls
 * and empties a list, last first, also what the calls themselves add. */
struct at_exit {
    struct at_exit *next;
    void (*call)(void *argument);
    void *argument;
};
void add_at_exit(struct at_exit *entry);
void run_at_exit(struct at_exit **list);

/* stdlib.c: what is to be called when this hart ends: destructors of C++. */
extern _Thread_local struct at_exit *at_hart_exit;

#endif
