/* SPDX-License-Identifier: MIT */
/* Reads its input byte by byte, and says of each when it came: a second hart counts meanwhile. */
#include <call.h>
#include <guest.h>
#include <stdio.h>

static volatile unsigned long count;

static void count_up(void *unused)
{
    (void)unused;
    for (;;)
        count++;
}

int main(void)
{
    char byte;

    if (hart_count() > 1)
        hart_start(1, count_up, NULL);
    while (sbi_wait(LAB_EVENT_INPUT).value & LAB_EVENT_INPUT)
        if (sbi_console_read(1, (uintptr_t)&byte, 0).value == 1)
            printf("%c at %lu\n", byte, count);
    return 0;
}
