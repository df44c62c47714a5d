/* SPDX-License-Identifier: MIT */
/*
 * The calls of stubs.h, for this lab's guests. The grader's copies of the guests get them as
 * functions of another file (shared/calls.c), so that stubs.h cannot change the guest's own code.
 */
#ifndef CALLS_H
#define CALLS_H

#ifndef SEALED
#include "stubs.h"
#else
#include <sbi.h>
#include <stdint.h>
#include <string.h>

#define lab_call       sealed_lab_call
#define put_number     sealed_put_number
#define put_string     sealed_put_string
#define count_exits    sealed_count_exits
#define count_exits_of sealed_count_exits_of

struct sbiret lab_call(unsigned long eid, unsigned long fid, unsigned long arg0,
                       unsigned long arg1);
long put_number(long number);
long put_string(const char *text);
long count_exits(void);
struct sbiret count_exits_of(unsigned long kind);
#endif

#endif
