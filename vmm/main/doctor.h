/* SPDX-License-Identifier: MIT */
/* `labvisor doctor`: which back ends work on this machine. */
#ifndef MAIN_DOCTOR_H
#define MAIN_DOCTOR_H

/* Tries each back end. Prints a line for each, and how to fix one that does not work. Returns 0 if
 * one works, else STATUS_BACKEND. */
int doctor(void);

/* Prints one line: the best back end that works, and why better ones do not. Returns 0, or
 * STATUS_BACKEND after fail(). */
int doctor_best(void);

#endif
