/* SPDX-License-Identifier: MIT */
/* Ends in the way that its argument says. */
#include <call.h>
#include <guest.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static void last_words(void)
{
    printf("atexit\n");
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";

    atexit(last_words);
    printf("%s", how); /* no newline: flushed at the end, or never */
    if (strcmp(how, "return") == 0)
        return 42;
    if (strcmp(how, "exit") == 0)
        exit(256 + 7);
    if (strcmp(how, "_Exit") == 0)
        _Exit(3);
    if (strcmp(how, "abort") == 0)
        abort();
    if (strcmp(how, "vm_exit") == 0)
        vm_exit(9);
    if (strcmp(how, "shutdown") == 0)
        sbi_system_reset(SRST_TYPE_SHUTDOWN, SRST_REASON_NONE);
    if (strcmp(how, "failure") == 0)
        sbi_system_reset(SRST_TYPE_SHUTDOWN, SRST_REASON_SYSTEM_FAILURE);
    if (strcmp(how, "reboot") == 0)
        sbi_system_reset(SRST_TYPE_COLD_REBOOT, SRST_REASON_NONE);
    if (strcmp(how, "legacy") == 0)
        sbi_legacy_shutdown();
    return 1;
}
