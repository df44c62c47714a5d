/* SPDX-License-Identifier: MIT */
/*
 * The system calls. Each returns a negative error of <errno.h> if it fails. Each may return
 * -EFAULT, for a pointer to memory that the program may not access.
 */
#ifndef LABOS_H
#define LABOS_H

#include "../system_calls.h"

#include <arch.h>
#include <stddef.h>

/* Ends the process. Its parent gets the low 8 bits of status. The C library's exit calls this. */
static inline void sys_exit(int status)
{
    system_call(SYS_EXIT, status, 0, 0);
}

/* Writes to the screen. Returns the number of bytes. */
static inline long sys_write(const void *data, size_t size)
{
    return system_call(SYS_WRITE, (long)data, (long)size, 0);
}

/* Waits for keys; in the background, for ever. Returns the number of bytes, at most those typed so
 * far; 0 at the end of input. */
static inline long sys_read(void *to, size_t size)
{
    return system_call(SYS_READ, (long)to, (long)size, 0);
}

/* Sleeps at least that long. Returns 0, or -EINVAL for more than 49 days. */
static inline long sys_sleep(unsigned long ms)
{
    return system_call(SYS_SLEEP, (long)ms, 0, 0);
}

/* Ends the turn of this process. */
static inline long sys_yield(void)
{
    return system_call(SYS_YIELD, 0, 0, 0);
}

/* Starts a program as a child of this process. command: its name and arguments, separated by
 * blanks. Returns its pid; -ENOENT: there is no such program; -E2BIG: the command is longer than
 * COMMAND_MAX; -EAGAIN: there are MAX_PROCESSES already; -ENOMEM. */
static inline long sys_spawn(const char *command)
{
    return system_call(SYS_SPAWN, (long)command, 0, 0);
}

/* Waits until a child has ended; pid 0: any child. With the option WNOHANG it does not wait, and
 * returns 0 if none has ended. Returns the child's pid, and stores its status, unless status is
 * NULL; -ECHILD if there is no such child. The child that the shell waits for gets the keyboard. */
static inline long sys_wait(long pid, int *status, int options)
{
    return system_call(SYS_WAIT, pid, (long)status, options);
}

/* Ends a process. If it is a child of the shell, also ends all its descendants, even after its own
 * end. Returns 0; -ESRCH: there is no such process; -EPERM: it is the shell. */
static inline long sys_kill(long pid)
{
    return system_call(SYS_KILL, pid, 0, 0);
}

/* Describes the process in a slot of the table; the state FREE: there is none. Returns the number
 * of free pages, or -EINVAL if index is not below MAX_PROCESSES. */
static inline long sys_info(long index, struct process_info *info)
{
    return system_call(SYS_INFO, index, (long)info, 0);
}

#define LINE_SIZE COMMAND_MAX

/* line.c: lets the user edit a line, and stores it without a newline. words: those that the tab key
 * completes, then NULL; NULL: none. Returns the line's length; 0 for a line that is too long; or -1
 * at the end of input or for ^D. */
int read_line(const char *prompt, char line[LINE_SIZE], const char *const *words);

#endif
