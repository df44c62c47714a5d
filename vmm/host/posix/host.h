/* SPDX-License-Identifier: MIT */
/*
 * What the files of the host share, and what main/ needs of the host besides platform.h.
 *
 * This folder needs POSIX, and what Linux, macOS and the BSDs have beyond it. A file of host/linux
 * takes the place of the file here that has its name.
 */
#ifndef HOST_POSIX_HOST_H
#define HOST_POSIX_HOST_H

#include "image/image.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

/* Opens descriptors 0 to 2 if they are closed, and installs the signal handlers. */
void host_init(void);

/* Kicks all vCPUs, and makes host_stop_signal return this signal. Async-signal-safe. */
void host_stop(int signal);

/* Ends the process by a signal's default action, so that the shell sees the signal. */
void host_die_by(int signal);

/* Restores the terminal's settings. Does nothing if they were not changed. Async-signal-safe. */
void host_input_restore(void);

/* Makes the terminal raw again, after the process was suspended. Async-signal-safe. */
void host_input_resume(void);

/* Makes a guest that has begun again read a file from where it began before. */
void host_input_restart(void);

/* Restores the terminal's settings, after the guest's last read. */
void host_input_close(void);

/* Returns whether keys have been read from the terminal that the guest has not asked for yet. */
bool host_input_has_keys(void);

/* Kicks the threads that wait for input: another one has taken the keys from the terminal. */
void host_wake_readers(void);

/* Returns whether the VM's time is up, or a signal asks the process to end. */
bool host_must_end(void);

/* Makes a line-buffered stream, whose output no signal can lose. It owns the descriptor. Returns
 * NULL without memory. */
FILE *host_stream(int fd);

/* Makes stderr such a stream; without memory, leaves it as it is. */
void host_stderr_init(void);

/* Opens a guest image. path has to outlive it. Returns 0, or STATUS_IMAGE after fail(). */
int host_open_image(struct source *source, const char *path);

/* Opens a file that an option names, for reading. path has to outlive it. Returns 0, or
 * STATUS_USAGE after fail(). */
int host_open_file(struct source *source, const char *option, const char *path);

/* Closes it. */
void host_close_image(struct source *source);

/* Creates a file for an option, or empties it. Refuses the image that is being run. Returns its
 * descriptor, or -1 after fail(). */
int host_create_file(const char *option, const char *path, const struct source *image);

/* Removes that file, unless it is a device. */
void host_remove_file(const char *path, int fd);

/* program.c: returns the path of this program, from malloc; or NULL. */
char *host_program(void);

/* ---- Between the files of the host ---- */

#define NS_PER_S         1000000000ull
#define HOST_THREADS_MAX 64
#define KICK_NS          10000000 /* between kicks, after an alarm has expired */

/* A thread. The first one is main's. */
struct host_thread {
    volatile uint8_t *volatile kick_flag; /* of host_set_kick_flag; NULL: none */
    volatile bool waits_for_input;        /* it is in host_wait */
    pthread_t handle;
};

extern struct host_thread host_threads[HOST_THREADS_MAX];

/* Sets a thread's kick flag, if it has one. Async-signal-safe. */
void host_set_flag(const struct host_thread *thread);

struct timespec host_timespec(uint64_t ns);

/* alarm.c: lets a thread's alarm expire now, and again every KICK_NS. Does nothing if the thread
 * has set none. Async-signal-safe. */
void alarm_now(struct host_thread *thread);

/* alarm.c: deletes this thread's alarm before its end: its signal could not be delivered. */
void alarm_delete(struct host_thread *self);

/* alarm.c: sleeps for a time (NULL: for ever), or until a signal, or, if input is true, until stdin
 * is readable. The set of signals that are blocked is `blocked` meanwhile. */
void wait_for_input(bool input, const struct timespec *timeout, const sigset_t *blocked);

/* cookie.c: makes a stream for output whose bytes go through stream_write. It owns the descriptor.
 * Returns NULL without memory. */
FILE *stream_open(int fd);

/* Writes all of the bytes, whatever signals come. Returns false after an error, and if the process
 * has to end and the reader is too slow. */
bool stream_write(int fd, const char *bytes, size_t size);

#endif
