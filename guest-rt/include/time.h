/* SPDX-License-Identifier: MIT */
/*
 * CLOCK_MONOTONIC counts from the VM's start. CLOCK_REALTIME and time() count from 1970-01-01 00:00
 * UTC; on the back end soft, a VM always starts in the year 2000. clock() returns elapsed time,
 * too, because harts have no clocks of their own. There is no calendar.
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
time_t time(time_t *now);
int clock_gettime(clockid_t id, struct timespec *now);
int clock_getres(clockid_t id, struct timespec *resolution);

__END_DECLS

#endif
