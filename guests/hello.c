/* SPDX-License-Identifier: MIT */
/*
 * The first guest. Look for: a printf is one VM exit, however long its text is.
 *
 *   make run OPTIONS=--trace
 */
#include <stdio.h>

int main(void)
{
    printf("Hello from inside a virtual machine!\n");
    return 0;
}
