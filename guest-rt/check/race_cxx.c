/* SPDX-License-Identifier: MIT */
/* C++: the hart that makes a static object of a function gives it to those that find it made. */
#include "check.h"

int __real___cxa_guard_acquire(uint64_t *guard);
void __real___cxa_guard_release(uint64_t *guard);

int __wrap___cxa_guard_acquire(uint64_t *guard);
int __wrap___cxa_guard_acquire(uint64_t *guard)
{
    int make = __real___cxa_guard_acquire(guard);

    race_acquire(guard);
    return make;
}

void __wrap___cxa_guard_release(uint64_t *guard);
void __wrap___cxa_guard_release(uint64_t *guard)
{
    race_release(guard);
    __real___cxa_guard_release(guard);
}
