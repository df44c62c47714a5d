/* SPDX-License-Identifier: MIT */
/* Writes 64 blocks of 4 KiB: more than a pipe holds. */
#include <stdio.h>
#include <string.h>

int main(void)
{
    static char block[4096];

    memset(block, 'x', sizeof(block));
    for (int i = 0; i < 64; i++)
        if (fwrite(block, 1, sizeof(block), stdout) != sizeof(block))
            return 1;
    return 0;
}
