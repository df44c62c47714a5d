/* SPDX-License-Identifier: MIT */
#ifndef SETJMP_H
#define SETJMP_H

#include <sys/cdefs.h>

__BEGIN_DECLS

/* Room for the registers that a call preserves, on any architecture, and for the state of
 * interrupts. */
typedef unsigned long jmp_buf[28];

int setjmp(jmp_buf env) __attribute__((returns_twice));
__dead void longjmp(jmp_buf env, int value);

__END_DECLS

#endif
