/* SPDX-License-Identifier: MIT */
/* Reads its input once, so that a terminal becomes raw, and never again. */
#include <call.h>
#include <stdio.h>

int main(void)
{
    sbi_wait(0);
    puts("spinning");
    for (volatile unsigned n = 0;; n = n + 1)
        ;
}
