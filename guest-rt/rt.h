/*
 * What the runtime's own files share. Guests include <guest.h> and the standard
 * headers instead.
 */
#ifndef GUEST_RT_H
#define GUEST_RT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* console.c: bytes to and from the VMM's console, unbuffered. */

/* Writes len bytes at buf, all of them, in one exit where the VMM takes them at once.
 * Returns the bytes written, fewer than len only after an error. */
size_t console_write(const char *buf, size_t len);

/* Waits for input, then reads up to len bytes (len > 0) into buf.
 * Returns the bytes read; 0 when input has ended. */
size_t console_read(char *buf, size_t len);

/* Reads what is there of it, up to len bytes (len > 0). Returns the bytes read: 0 when there are
 * none now. */
size_t console_read_now(char *buf, size_t len);

/* Whether input comes from a terminal: then nobody but the guest echoes or edits it. */
bool console_is_terminal(void);

/* start.c */

/* The memory that malloc hands out: from the end of the image to below the stack. */
extern char *heap_start, *heap_end;

/* Ends the VM with a status (0..255), running no atexit handler and flushing nothing. */
_Noreturn void vm_exit(int status);

/* timer.c: the timebase, as <guest.h> shows it to guests. */
uint64_t time_ticks(void);
uint64_t time_frequency(void);

/* timer.c: interrupts, as <guest.h> shows them to guests. */
bool irq_disable(void);
void irq_restore(bool on);

/*
 * harts.c: a lock around the runtime's own data. Interrupts are off while it is held; a hart
 * that holds it may take it again. rt_lock returns what rt_unlock has to be told.
 */
struct rt_lock {
    volatile unsigned held;
    unsigned owner, depth;
};
bool rt_lock(struct rt_lock *lock);
void rt_unlock(struct rt_lock *lock, bool irq);

/* stdio.c: writes out what stdout buffers. */
void stdio_flush(void);

/* stdlib.c: runs the atexit handlers, last first. */
void run_atexit(void);

#endif
