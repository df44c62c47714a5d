/* What the files of this folder share, and what main needs of the host beyond platform.h. */
#ifndef HOST_LINUX_HOST_H
#define HOST_LINUX_HOST_H

#include "image/image.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Makes sure that descriptors 0 to 2 are open, and installs the signal handlers. */
void host_init(void);

/* Kicks the vCPU and asks the process to end as if by this signal. Async-signal-safe. */
void host_stop(int signal);

/* Ends the process by a signal's default action, so that the shell sees it. */
void host_die_by(int signal);

/* Gives the terminal back as it was found; does nothing if it was not touched.
 * host_input_resume makes it raw again after a stop. Both async-signal-safe.
 * host_input_close gives it back for good. */
void host_input_restore(void);
void host_input_resume(void);
void host_input_close(void);

/* Whether the VM's time is up: then nothing is waited for any more. */
bool host_must_end(void);

/* A line-buffered stream for a descriptor that it owns; NULL without memory. A signal
 * loses nothing of what is written to it. */
FILE *host_stream(int fd);

/* Makes stderr such a stream, if there is memory for it. */
void host_stderr_init(void);

/* Opens a guest image. Returns 0, or STATUS_IMAGE after fail(). */
int host_open_image(struct source *source, const char *path);
void host_close_image(struct source *source);

/* Creates or empties a file for writing, for an option. Returns its descriptor, or -1 after fail():
 * also if it is the image that is being run. */
int host_create_file(const char *option, const char *path, const struct source *image);
void host_remove_file(const char *path, int fd);

#endif
