/* SPDX-License-Identifier: MIT */
/* Waits until the console has input, or input has ended. Prints which. Reads nothing. */
#include <call.h>
#include <stdio.h>

int main(void)
{
    long events = sbi_wait(LAB_EVENT_INPUT).value;

    puts(events & LAB_EVENT_INPUT ? "input" : events & LAB_EVENT_EOF ? "eof" : "nothing");
    return 0;
}
