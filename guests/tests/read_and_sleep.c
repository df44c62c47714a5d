/* SPDX-License-Identifier: MIT */
/* Reads its input once, so that a terminal becomes raw, and then sleeps for a minute. */
#include <call.h>
#include <guest.h>
#include <stdio.h>

int main(void)
{
    sbi_wait(0);
    puts("sleeping");
    sleep_ns(60 * NS_PER_S);
    return 0;
}
