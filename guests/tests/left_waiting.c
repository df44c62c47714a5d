/* SPDX-License-Identifier: MIT */
/* The first hart waits for input that does not come, and another one ends the guest. */
#include <call.h>
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>

static void end(void *unused)
{
    (void)unused;
    sleep_ns(20 * NS_PER_MS);
    printf("the end\n");
    exit(5);
}

int main(void)
{
    hart_start(1, end, NULL);
    for (;;)
        sbi_wait(LAB_EVENT_INPUT);
}
