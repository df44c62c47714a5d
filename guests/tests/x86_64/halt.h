/* SPDX-License-Identifier: MIT */
/* A halt with labels for gdb. Interrupts are on in it alone: sti takes effect after the next
 * instruction (Intel SDM vol. 2, STI). */
#define HALT_ONCE "idle_start: sti\n idle_halt: hlt\n idle_after: cli\n idle_end: nop"
