/* SPDX-License-Identifier: MIT */
/*
 * The numbers of the system calls; kernel and user programs include this. A call has up to three
 * arguments and returns a number; if it is negative, it is an error of <errno.h>. user/labos.h
 * specifies the calls. To add one: a number here, a function in syscall.c, a stub in user/labos.h.
 */
#ifndef LABOS_SYSTEM_CALLS_H
#define LABOS_SYSTEM_CALLS_H

enum system_call {
    SYS_EXIT,
    SYS_WRITE,
    SYS_READ,
    SYS_SLEEP,
    SYS_YIELD,
    SYS_SPAWN,
    SYS_WAIT,
    SYS_KILL,
    SYS_INFO,
    SYS_COUNT
};

/* A command line: the program's name and its arguments, at most so long, with its NUL. */
#define COMMAND_MAX 128

#define MAX_PROCESSES 32

/* SYS_WAIT's option: do not wait if no child has ended yet. */
#define WNOHANG 1

enum process_state { FREE, READY, SLEEPING, READING, WAITING, ENDED };

/* What SYS_INFO tells of a process. */
struct process_info {
    int pid, parent; /* parent: 0 if nobody waits for it */
    enum process_state state;
    unsigned pages; /* of memory, page tables among them */
    char command[COMMAND_MAX];
};

#endif
