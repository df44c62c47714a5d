/* SPDX-License-Identifier: MIT */
/*
 * A hart's slot at the end of RAM. tp holds the address of its thread-local variables.
 *
 *   0        0x1000              0x4000 (tp)               0x8000     0x40000 LAB_STACK_STRIDE |
 * not    | emergency stack   | thread-local variables  | not      | stack       | | mapped | <-| |
 * mapped   |           <-|
 */
#ifndef SLOT_H
#define SLOT_H

#define SLOT_TLS   0x4000
#define SLOT_GAP   0x8000
#define SLOT_STACK 0x40000

#endif
