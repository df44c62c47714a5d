/* SPDX-License-Identifier: MIT */
/* `labvisor diff`. */
#ifndef MAIN_DIFF_H
#define MAIN_DIFF_H

/*
 * Prints the first exit at which two runs part, with the exits around it.
 *
 * labvisor  the program to run a command line with
 * args      the two runs, each a trace file or a command line; NULL ends the list
 *
 * Returns 0 if the runs make the same exits, 1 if not, or STATUS_USAGE or STATUS_HOST after fail().
 */
int diff(const char *labvisor, char **args);

#endif
