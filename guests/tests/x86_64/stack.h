/* SPDX-License-Identifier: MIT */
/* Goes on with another stack, which ends at `end`. */
#ifndef TESTS_STACK_H
#define TESTS_STACK_H

#define USE_STACK(end) __asm__ volatile("mov %0, %%rsp" ::"r"(end) : "memory")

#endif
