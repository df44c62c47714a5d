/* SPDX-License-Identifier: MIT */
/*
 * How the process ends. Below 112 and from 128 on an exit status is the guest's
 * own; 112 to 127 are the VMM's. docs/reference.md, "Exit statuses", explains each.
 */
#ifndef CORE_STATUS_H
#define CORE_STATUS_H

#include <stdio.h>

enum status {
    STATUS_OK = 0,
    STATUS_USAGE = 112,     /* an option or argument is wrong */
    STATUS_IMAGE = 113,     /* the guest image cannot be loaded */
    STATUS_BACKEND = 114,   /* no back end can run this guest here */
    STATUS_HOST = 115,      /* the host failed the VMM: memory, files, KVM */
    STATUS_DIED = 116,      /* the guest died: a fault, an access to nothing */
    STATUS_MAX_EXITS = 117, /* --max-exits is used up */
    STATUS_MAX_INSNS = 118, /* --max-insns is used up */
    STATUS_REPLAY = 119,    /* a recording ends, or the run differs from it */
    STATUS_REBOOT = 120,    /* the guest has asked for a reboot, and --reboot was not given */
    STATUS_TIMEOUT = 124,   /* --timeout has passed; timeout(1) has the same status */
};

/* Replaces control characters in a text, which may come from a guest's files: they would break the
 * line or control the terminal. Returns text. */
char *printable(char *text);

/*
 * Prints "labvisor: " and the message as one line on stderr.
 * Returns status, so that a caller can say `return fail(...)`.
 */
int fail(enum status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Returns the message of the last fail(), or "". */
const char *last_failure(void);

/* Closes a file that an option has named. Returns 0, or STATUS_HOST after a message if not all
 * could be written. The caller sets errno to 0 before its last write, which fails again if one has
 * failed. */
int close_output(FILE *stream, const char *option);

/* Forgets the last failure: the guest that it has ended begins again. */
void forget_failure(void);

#endif
