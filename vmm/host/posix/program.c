/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stddef.h>

/* POSIX has no call that tells it. */
char *host_program(void)
{
    return NULL;
}
