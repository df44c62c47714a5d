/* SPDX-License-Identifier: MIT */
/*
 * For guests that are compiled with -fstack-protector: a function compares a word above its arrays
 * with this one before it returns. Its lowest byte is 0, so that no string copies it.
 */
#include <stdint.h>

#include "libc.h"

uintptr_t guard __asm__("__stack_chk_guard") = 0x9d1c6f3a52b80e00;

_Noreturn void fail(void) __asm__("__stack_chk_fail");

void fail(void)
{
    die("a function wrote beyond an array on its stack\n");
}
