/* SPDX-License-Identifier: MIT */
/* `labvisor --abi`: the contract's tables for guests in other languages. */
#ifndef MAIN_ABI_H
#define MAIN_ABI_H

/* Prints the tables of abi/ as JSON (abi/README.md, "The tables as JSON").
 * Returns 0, or a status after a failed write. */
int print_abi(void);

#endif
