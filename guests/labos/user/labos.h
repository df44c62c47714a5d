/*
 * What a user program has beside the C library: the system calls. Each returns a negative error of
 * <errno.h> if it fails; all may return -EFAULT for a pointer to what the program may not access.
 */
#ifndef LABOS_H
#define LABOS_H

#include "../system_calls.h"

#include <arch.h>
#include <stddef.h>

/* Ends the process; the low 8 bits of status are for its parent. The C library's exit does so. */
static inline void sys_exit(int status)
{
    system_call(SYS_EXIT, status, 0, 0);
}

/* Writes to the screen. Returns how many bytes. */
static inline long sys_write(const void *data, size_t size)
{
    return system_call(SYS_WRITE, (long)data, (long)size, 0);
}

/* Waits for keys, while in the background for ever. Returns how many bytes, 0 at the end of input,
 * and never more than have been typed. */
static inline long sys_read(void *to, size_t size)
{
    return system_call(SYS_READ, (long)to, (long)size, 0);
}

/* Sleeps at least so long. Returns 0, or -EINVAL for more than 49 days. */
static inline long sys_sleep(unsigned long ms)
{
    return system_call(SYS_SLEEP, (long)ms, 0, 0);
}

/* Lets the others run first. */
static inline long sys_yield(void)
{
    return system_call(SYS_YIELD, 0, 0, 0);
}

/* Starts a program, as a child of this process. command: its name and its arguments, blanks
 * between them. Returns its pid, or -ENOENT: there is no such program, -E2BIG: the command is
 * longer than COMMAND_MAX, -EAGAIN: there are MAX_PROCESSES, -ENOMEM. */
static inline long sys_spawn(const char *command)
{
    return system_call(SYS_SPAWN, (long)command, 0, 0);
}

/* Waits until a child has ended, any if pid is 0; with the option WNOHANG, returns 0 if none has.
 * Returns its pid and stores its status, unless that is NULL; -ECHILD if there is no such child.
 * For whom the shell waits has the keyboard. */
static inline long sys_wait(long pid, int *status, int options)
{
    return system_call(SYS_WAIT, pid, (long)status, options);
}

/* Ends a process; a child of the shell with all that descends from it, even after its own end.
 * Returns 0, -ESRCH: there is none, -EPERM: it is the shell. */
static inline long sys_kill(long pid)
{
    return system_call(SYS_KILL, pid, 0, 0);
}

/* Tells of the process in the slot number index, or that its state is FREE. Returns how many pages
 * of memory are free, or -EINVAL if index is not below MAX_PROCESSES. */
static inline long sys_info(long index, struct process_info *info)
{
    return system_call(SYS_INFO, index, (long)info, 0);
}

#define LINE_SIZE 72

/* line.c: lets the user edit a line, which comes without its newline. Returns its length, or -1 at
 * the end of input or for ^D. */
int read_line(const char *prompt, char line[LINE_SIZE]);

#endif
