/* `labvisor doctor`: which back ends work on this machine. */
#ifndef MAIN_DOCTOR_H
#define MAIN_DOCTOR_H

/* Tries every back end and prints a line on each, and what mends it if it does not work.
 * Returns 0 if one works, else STATUS_BACKEND. */
int doctor(void);

/* Prints one line: the best back end that works, and why no better one does. */
int doctor_best(void);

#endif
