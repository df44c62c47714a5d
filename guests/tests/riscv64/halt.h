/* SPDX-License-Identifier: MIT */
/* A halt with labels for gdb. Interrupts are on in it alone: bit 1 of sstatus is SIE (privileged
 * spec, 4.1.1). */
#define HALT_ONCE                                                                                  \
    "idle_start: csrsi sstatus, 2\n idle_halt: wfi\n idle_after: csrci sstatus, 2\n idle_end: nop"
