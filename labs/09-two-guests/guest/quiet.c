/* SPDX-License-Identifier: MIT */
/* Computes beside another guest, until both together have done WORK units. Guest 0 prints the
 * shares. This guest makes no exits meanwhile. */
#include <call.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared.h"

struct progress {
    volatile unsigned long done[2];
};

int main(int argc, char **argv)
{
    struct progress *progress = (struct progress *)SHARED_PAGE;
    long me = sbi_which_guest().value;
    unsigned long wanted = argc > 2 ? strtoul(argv[2], NULL, 10) : 100000, sum;

    do {
        sum = progress->done[0] + progress->done[1];
        if (sum < wanted)
            progress->done[me]++;
#ifdef CHATTY
        if (progress->done[me] % CHATTY(me) == 0)
            sbi_get_impl_id();
#endif
    } while (sum < wanted);
    if (me == 0)
        printf("%lu %% and %lu %%\n", (100 * progress->done[0] + sum / 2) / sum,
               (100 * progress->done[1] + sum / 2) / sum);
    return 0;
}
