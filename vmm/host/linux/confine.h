/* SPDX-License-Identifier: MIT */
/* Between the files of the sandbox, and the Linux calls that a C library may not know yet. */
#ifndef HOST_LINUX_CONFINE_H
#define HOST_LINUX_CONFINE_H

#include "host/posix/sandbox.h"

#include <sys/syscall.h>

/* Calls that not every machine, or not every header, has. */
#define NO_CALL (-1)
#ifndef SYS_poll
#define SYS_poll NO_CALL
#endif
#ifndef SYS_unlink
#define SYS_unlink NO_CALL
#endif
#ifndef SYS_lstat
#define SYS_lstat NO_CALL
#endif
#ifndef SYS_getpgrp
#define SYS_getpgrp NO_CALL
#endif
#ifndef SYS_riscv_flush_icache
#define SYS_riscv_flush_icache NO_CALL
#endif
#ifndef SYS_open
#define SYS_open   NO_CALL
#define SYS_stat   NO_CALL
#define SYS_fork   NO_CALL
#define SYS_vfork  NO_CALL
#define SYS_dup2   NO_CALL
#define SYS_rename NO_CALL
#define SYS_mkdir  NO_CALL
#define SYS_access NO_CALL

#define SYS_readlink NO_CALL
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

/* filter.c: lets the kernel refuse all system calls without a row in calls.def. Returns whether
 * it does. */
bool confine_calls(const struct confinement *confinement);

/* landlock.c: lets the kernel refuse all files and connections, but to remove files of some
 * folders. Returns whether it does. */
bool confine_files(const struct confinement *confinement);

/* refused.c: lets a refused call end the process with words. */
void refused_end_process(void);

/*
 * refused.c, for --sandbox=log: starts the thread that is told of refused calls. Returns false if
 * it cannot. refused_are_told_by gives it the filter's listener; -1: the filter was not installed.
 */
bool refused_expect(void);
void refused_are_told_by(int filter);

#endif
