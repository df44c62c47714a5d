/* SPDX-License-Identifier: MIT */
/* Uses all of its RAM, a MiB after the other, and says how far it is. */
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    unsigned done = 0;
    void *block;

    while ((block = malloc(1 << 20))) {
        memset(block, 1, 1 << 20);
        printf("%u MiB\n", ++done);
    }
    return 0;
}
