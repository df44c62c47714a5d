/* SPDX-License-Identifier: MIT */
/* Greets each name, and ends with the status in its first argument. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    for (int i = 2; i < argc; i++)
        printf("Hello, %s\n", argv[i]);
    return argc > 1 ? atoi(argv[1]) : 0;
}
