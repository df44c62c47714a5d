/* SPDX-License-Identifier: MIT */
/* The multiplication table. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    int size = argc > 1 ? atoi(argv[1]) : 10;

    if (size < 1 || size > 15) {
        printf("table: up to what number? 1 to 15\n");
        return 2;
    }
    for (int row = 1; row <= size; row++)
        for (int column = 1; column <= size; column++)
            printf("%4d%s", row * column, column == size ? "\n" : "");
    return 0;
}
