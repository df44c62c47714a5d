/* SPDX-License-Identifier: MIT */
/*
 * The host, as far as the core needs it. The folders of host/ implement this; the core calls
 * nothing else of an operating system.
 */
#ifndef CORE_PLATFORM_H
#define CORE_PLATFORM_H

#include "memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEVER UINT64_MAX

/* ---- Time, kicks and threads ---- */

/* Returns the time in ns since a fixed point. It never goes back. */
uint64_t host_now(void);

/* Returns the time in ns since 1970-01-01 00:00 UTC. The host's user may set it. */
uint64_t host_wall_clock(void);

/* Returns a number that differs from run to run. */
uint64_t host_random(void);

/* Sets the time (ns, as host_now) of this thread's alarm; NEVER: there is none. The alarm kicks
 * the thread's vCPU then, and again every 10 ms, because one kick that arrives just before a
 * blocking system call would be lost. Returns 0, or STATUS_HOST after fail(). */
int host_set_alarm(uint64_t when_ns);

/* Names the byte that a kick of this thread sets to 1, at any time and from a signal handler: a
 * back end that finds it 1 leaves the guest, or does not enter it. */
void host_set_kick_flag(volatile uint8_t *flag);

/* Starts a thread. Returns 0, or STATUS_HOST after fail(). */
struct host_thread;
int host_thread_start(void (*run)(void *), void *argument);

/* Waits for the end of all threads that were started. */
void host_threads_join(void);

/* Returns this thread. */
struct host_thread *host_thread_self(void);

/* Kicks the vCPU of another thread, which has set its alarm. */
void host_kick(const struct host_thread *thread);

/* Takes and gives back the one lock, which guards all of the VMM's state. */
void host_lock(void);
void host_unlock(void);

/* Sleeps until a time (ns, as host_now), a kick, or, if input is true, until the console has input.
 * A kick that came before the call ends it at once. */
void host_wait(uint64_t until_ns, bool input);

/* Returns the signal that asks this process to end, or 0. */
int host_stop_signal(void);

/* Tells the host the time (ns, as host_now) at which the guest is to end: then it waits for
 * nothing any more. */
void host_set_end(uint64_t end_ns);

/* ---- The console ---- */

/* Returns what is known of the input: a set of LAB_EVENT_INPUT, LAB_EVENT_EOF and LAB_EVENT_TTY
 * (sbi.h). */
unsigned host_input_state(void);

/* Reads the input that is there, up to size bytes, without waiting. Returns how many bytes. */
size_t host_input_read(void *buffer, size_t size);

/* Polls the keyboard for keys that are the VMM's own, while the guest does not read its input. */
void host_input_poll(void);

/* Writes to the console. Waits for room, and ends early after a kick.
 * Returns how many of size bytes were written, or a negative errno value: -EINTR after a
 * kick, -EPIPE if nobody reads any more (then host_stop_signal returns SIGPIPE). */
ptrdiff_t host_output_write(const void *buffer, size_t size);

/* Returns whether the console is a terminal that shows colours: its user has not set NO_COLOR. */
bool host_output_in_colour(void);

/* Returns whether stderr is a terminal. */
bool host_errors_on_terminal(void);

/* ---- Connections of a client: gdb. Only this machine can connect. Data kicks the vCPUs. ---- */

/*
 * Listens for a client.
 *
 * where  a port of the loopback interface, 0 for any free one; or a socket's path, with a /
 * text   receives how gdb names it (size bytes)
 *
 * Returns a handle, or -1 after fail(). host_unlisten closes it and removes the path.
 */
int host_listen(const char *where, char *text, size_t size);
void host_unlisten(int listener, const char *where);

/* Returns the handle of a client that has connected, or -1. */
int host_accept(int listener);

/* Returns how many bytes were received, 0 if there are none now, or -1 if the client is gone. */
ptrdiff_t host_receive(int client, void *buffer, size_t size);

/* Sends all of a buffer. Returns false if the client is gone. */
bool host_send(int client, const void *buffer, size_t size);

/* Disconnects a client. */
void host_hang_up(int client);

/* Waits until there is something to accept or to receive (client: -1 for none), or for a kick. */
void host_wait_for(int listener, int client);

/* ---- Memory and files ---- */

/* Maps zeroed memory of memory->size bytes for a guest and sets memory->hva; a page costs nothing
 * until it is touched. path: the file that is to hold it, for other programs to read; NULL: none.
 * Returns 0, or STATUS_USAGE or STATUS_HOST after fail(). */
int host_map_memory(struct memory *memory, const char *path);
void host_unmap_memory(struct memory *memory);

/* Memory for code that is made at run time: the same bytes twice. */
struct code_memory {
    uint8_t *write;     /* where they can be written */
    const uint8_t *run; /* where they can be executed, and not written */
};

/* Maps such memory, always of one size; it stays mapped for the next VM after host_unmap_code.
 * Returns false if this system gives none. */
bool host_map_code(struct code_memory *memory, size_t size);
void host_unmap_code(struct code_memory *memory, size_t size);

/* Fills a guest's memory with zeros. in_file: a file holds it. */
void host_clear_memory(const struct memory *memory, bool in_file);

/* Writes to a file that was created for an option, at an offset in bytes; sets its size in bytes.
 * Each returns false with errno set if it failed. */
bool host_write_at(int file, const void *bytes, size_t size, uint64_t offset);
bool host_set_size(int file, uint64_t size);

#endif
