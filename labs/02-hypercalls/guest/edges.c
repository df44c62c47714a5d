/* SPDX-License-Identifier: MIT */
/* Prints strings at the ends of RAM, and beyond them. */
#include <guest.h>
#include <stdio.h>

#include "calls.h"

static long put(unsigned long num_bytes, uintptr_t address)
{
    return lab_call(EID_LAB2, FID_LAB2_put_string, num_bytes, address).error;
}

int main(void)
{
    char *last = (char *)(ram_end() - 4);

    memcpy(last, "end\n", 4);
    printf("the last bytes of RAM: %ld\n", put(4, (uintptr_t)last));
    printf("no bytes: %ld\n", put(0, ram_end()));
    printf("one byte too many: %ld\n", put(5, (uintptr_t)last));
    printf("page 0: %ld\n", put(16, 0));
    printf("a sum that overflows: %ld\n", put(~0ul, (uintptr_t)last));
    return 0;
}
