/*
 * Prints its command line. Look for: the text comes from the VMM in one call,
 * LAB.get_args, made before main starts.
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
