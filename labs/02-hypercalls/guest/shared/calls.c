/* SPDX-License-Identifier: MIT */
/* The calls of stubs.h as functions: see calls.h. */
#include "stubs.h"

struct sbiret sealed_lab_call(unsigned long eid, unsigned long fid, unsigned long arg0,
                              unsigned long arg1)
{
    return lab_call(eid, fid, arg0, arg1);
}

long sealed_put_number(long number)
{
    return put_number(number);
}

long sealed_put_string(const char *text)
{
    return put_string(text);
}

long sealed_count_exits(void)
{
    return count_exits();
}

struct sbiret sealed_count_exits_of(unsigned long kind)
{
    return count_exits_of(kind);
}
