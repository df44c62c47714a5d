/* SPDX-License-Identifier: MIT */
/* Prints its arguments, which are numbers. */
#include <stdlib.h>

#include "calls.h"

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (put_number(strtol(argv[i], NULL, 10)) != SBI_SUCCESS)
            return 1;
    return 0;
}
