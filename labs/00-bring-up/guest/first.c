/* SPDX-License-Identifier: MIT */
/*
 * Your first guest: prints "Hello from NAME" and a newline, where NAME is its first argument. Ends
 * with its second argument, a number, as the exit status.
 */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    // LAB 0: starter
    // (void)argc, (void)argv;
    // return EXIT_FAILURE;
    // LAB 0: solution
    if (argc != 3)
        return EXIT_FAILURE;
    printf("Hello from %s\n", argv[1]);
    return atoi(argv[2]);
    // LAB 0: end
}
