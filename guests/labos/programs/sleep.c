/* SPDX-License-Identifier: MIT */
/* Sleeps. */
#include "../user/labos.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    return sys_sleep(argc > 1 ? strtoul(argv[1], NULL, 10) * 1000 : 0) ? 1 : 0;
}
