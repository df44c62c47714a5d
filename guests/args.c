/* SPDX-License-Identifier: MIT */
/*
 * Prints its command line. Look for: the runtime gets the text from the VMM by one call,
 * LAB.get_args, before main starts.
 *
 *   make run GUEST=args ARGS="one 'two words' three"
 */
#include <stdio.h>

int main(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        printf("argv[%d] = %s\n", i, argv[i]);
    return argc - 1;
}
