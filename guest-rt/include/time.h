/* SPDX-License-Identifier: MIT */
/*
 * Time counts from the VM's start. There is no calendar, so there is no time(), and
 * CLOCK_REALTIME gives EINVAL. clock() returns elapsed time, too, because harts have no
 * clocks of their own.
 */
#ifndef TIME_H
#define TIME_H

#include <stddef.h>
#include <sys/cdefs.h>

#define CLOCKS_PER_SEC 1000000

#define CLOCK_REALTIME  0
#define CLOCK_MONOTONIC 1

__BEGIN_DECLS

typedef long clock_t;
typedef long time_t;
typedef int clockid_t;

struct timespec {
    time_t tv_sec;
    long tv_nsec;
};

clock_t clock(void);
int clock_gettime(clockid_t id, struct timespec *now);
int clock_getres(clockid_t id, struct timespec *resolution);

__END_DECLS

#endif
