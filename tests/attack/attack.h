/* SPDX-License-Identifier: MIT */
/*
 * The planted hypercall, between tests/attack/attack.c and guests/tests/attack.c. FID is the number
 * of a system call of the host; its arguments are the hypercall's first four. Bit i of the fifth
 * says that argument i is a guest physical address, whose host address the call gets.
 */
#define EID_ATTACK 0x0a77ac4b
