/* `labvisor doctor`. */
#ifndef VMM_DOCTOR_H
#define VMM_DOCTOR_H

/* Tries each back end and prints which works, or why not and what mends it.
 * Returns 0 if any works, else STATUS_BACKEND. */
int doctor(void);

#endif
