/* SPDX-License-Identifier: MIT */
/* What the files of this folder share, and what main/ needs of the host besides platform.h. */
#ifndef HOST_LINUX_HOST_H
#define HOST_LINUX_HOST_H

#include "image/image.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

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

/* Restores the terminal's settings, after the guest's last read. */
void host_input_close(void);

/* Returns whether the VM's time is up, or a signal asks the process to end. */
bool host_must_end(void);

/* Makes a line-buffered stream, whose output no signal can lose. It owns the descriptor. Returns
 * NULL without memory. */
FILE *host_stream(int fd);

/* Makes stderr such a stream; without memory, leaves it as it is. */
void host_stderr_init(void);

/* Opens a guest image. path has to outlive it. Returns 0, or STATUS_IMAGE after fail(). */
int host_open_image(struct source *source, const char *path);

/* Closes it. */
void host_close_image(struct source *source);

/* Creates a file for an option, or empties it. Refuses the image that is being run. Returns its
 * descriptor, or -1 after fail(). */
int host_create_file(const char *option, const char *path, const struct source *image);

/* Removes that file, unless it is a device. */
void host_remove_file(const char *path, int fd);

/* Returns the path of this program, from malloc; or NULL. */
char *host_program(void);

#endif
