/* SPDX-License-Identifier: MIT */
/* Makes calls that do not exist, which fail and harm nothing. */
#include <stdio.h>
#include <stdlib.h>

#include "calls.h"

int main(int argc, char **argv)
{
    unsigned long number = argc > 1 ? strtoul(argv[1], NULL, 10) : 99;
    struct sbiret fid = lab_call(EID_LAB2, number, 1, 2),
                  eid = lab_call(0x0B000000 + number, 0, 3, 4);

    printf("FID %lu: error %ld, value %ld\n", number, fid.error, fid.value);
    printf("EID %lu: error %ld, value %ld\n", 0x0B000000 + number, eid.error, eid.value);
    printf("still here\n");
    return 0;
}
