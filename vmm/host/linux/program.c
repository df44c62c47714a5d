/* SPDX-License-Identifier: MIT */
#include "host/posix/host.h"

#include <stdlib.h>

char *host_program(void)
{
    return realpath("/proc/self/exe", NULL);
}
