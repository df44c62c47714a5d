/* SPDX-License-Identifier: MIT */
/* Starts copies of itself, which do the same, until there is no room for more; then all sleep. */
#include "../user/labos.h"

#include <stdio.h>
#include <string.h>

#define BALLAST 98304

static volatile char ballast[BALLAST]; /* also uses up memory */

int main(int argc, char **argv)
{
    long pid;

    (void)argv;
    ballast[0] = 1;
    do
        pid = sys_spawn("bomb child");
    while (pid > 0);
    if (argc == 1)
        printf("bomb: no more: %s\n", strerror((int)-pid));
    for (;;)
        sys_sleep(1000000);
}
