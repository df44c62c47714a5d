/*
 * The host, as far as the core needs it. linux/ implements this; the core calls
 * nothing else of an operating system.
 */
#ifndef CORE_PLATFORM_H
#define CORE_PLATFORM_H

#include "memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEVER UINT64_MAX

/* Time in ns since some fixed point, never going back. */
uint64_t host_now(void);

/* Kicks this thread's vCPU at a time (host_now's), and again until the alarm is set anew:
 * a kick between a look at the clock and a blocking system call is not the last one.
 * NEVER: not at all. Returns 0, or STATUS_HOST after fail(). */
int host_set_alarm(uint64_t when_ns);

/*
 * Names the byte that a kick of this thread sets to 1, at any moment and from a signal
 * handler: a back end that finds it 1 leaves the guest, or does not enter it.
 */
void host_set_kick_flag(volatile uint8_t *flag);

/*
 * Threads, for vCPUs that run at once. host_thread_start returns 0, or STATUS_HOST after
 * fail(). host_threads_join waits for the end of all that were started. host_kick may be
 * called for a thread that has set its alarm. One lock guards all of the VMM's state.
 */
struct host_thread;
int host_thread_start(void (*run)(void *), void *argument);
void host_threads_join(void);
struct host_thread *host_thread_self(void);
void host_kick(const struct host_thread *thread);
void host_lock(void);
void host_unlock(void);

/* Sleeps until a time, a kick, or, if input is true, until the console has input.
 * A kick that came before the call ends it at once: none is lost. */
void host_wait(uint64_t until_ns, bool input);

/* The signal that asks this process to end, or 0. */
int host_stop_signal(void);

/* What host_input_state tells, as LAB_EVENT_INPUT, LAB_EVENT_EOF and LAB_EVENT_TTY (sbi.h). */
unsigned host_input_state(void);

/* Reads what input there is, up to size bytes, without waiting. Returns the bytes read. */
size_t host_input_read(void *buffer, size_t size);

/*
 * Connections of a client, gdb, one at a time. They kick the vCPUs when something comes, and pass
 * no firewall: a port of the loopback interface alone, or a socket's path.
 *
 * where  a port's number, 0 for any that is free, or a path, which has a /
 * text   receives how gdb calls it (size bytes)
 *
 * host_listen returns a handle, or -1 after fail(); host_unlisten also removes the path.
 * host_accept returns that of a client who has come, or -1. host_receive returns how many bytes
 * came, 0 if there are none, or -1 if the client is gone. host_send returns false if it is.
 * host_wait_for waits until something comes to one of two handles, or for a kick.
 */
int host_listen(const char *where, char *text, size_t size);
void host_unlisten(int listener, const char *where);
int host_accept(int listener);
ptrdiff_t host_receive(int client, void *buffer, size_t size);
bool host_send(int client, const void *buffer, size_t size);
void host_hang_up(int client);
void host_wait_for(int listener, int client);

/* Maps zeroed memory for a guest; pages cost nothing until they are touched.
 * Returns 0, or STATUS_HOST after fail(). */
int host_map_memory(struct memory *memory);
void host_unmap_memory(struct memory *memory);

/* Writes to a file that was created for an option, at an offset in bytes; sets its size in bytes.
 * Each returns false with errno set if it failed. */
bool host_write_at(int file, const void *bytes, size_t size, uint64_t offset);
bool host_set_size(int file, uint64_t size);

/* Moves the end of the VM's time (host_now's). */
void host_set_end(uint64_t end_ns);

/* Looks for keys that are the VMM's own, while the guest does not read its input. */
void host_input_poll(void);

/* Writes to the console, waiting for room, and ends early when kicked.
 * Returns how many of size bytes were written, or a negative errno value: -EINTR after a
 * kick, -EPIPE when nobody reads any more (then host_stop_signal says SIGPIPE). */
ptrdiff_t host_output_write(const void *buffer, size_t size);

/* Whether the console is a terminal whose user has not asked for one without colours, by the
 * variable NO_COLOR. */
bool host_output_in_colour(void);

#endif
