/* SPDX-License-Identifier: MIT */
#include "rt.h"

#include <call.h>

int64_t wall_clock_ns(void)
{
    struct sbiret now = sbi_get_wall_clock();

    return now.error ? -1 : now.value;
}
