/* SPDX-License-Identifier: MIT */
/* `labvisor --guest-mk`: where the rules are that build a guest. */
#ifndef MAIN_GUEST_MK_H
#define MAIN_GUEST_MK_H

/* Prints the path of guest.mk, which is installed with this program, or belongs to the same
 * checkout. Returns 0, or a status after fail(). */
int print_guest_mk(void);

#endif
