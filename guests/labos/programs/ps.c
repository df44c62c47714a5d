/* SPDX-License-Identifier: MIT */
/* Lists the processes, and the amount of free memory. */
#include "../user/labos.h"

#include <stdio.h>

int main(void)
{
    static const char *const states[] = {
        [FREE] = "free",       [READY] = "ready",     [SLEEPING] = "sleeping",
        [READING] = "reading", [WAITING] = "waiting", [ENDED] = "ended",
    };
    struct process_info info;
    long free = 0, pages;

    printf("  pid parent pages state    command\n");
    for (long i = 0; (pages = sys_info(i, &info)) >= 0; i++) {
        free = pages;
        if (info.state != FREE)
            printf("%5d %6d %5u %-8s %s\n", info.pid, info.parent, info.pages, states[info.state],
                   info.command);
    }
    printf("%ld pages are free\n", free);
    return 0;
}
