/* SPDX-License-Identifier: MIT */
/* Sleeps for each argument, in milliseconds. The VMM's clock skips that time. */
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        uint64_t start = time_ns(), wanted = strtoul(argv[i], NULL, 10) * NS_PER_MS;

        sleep_ns(wanted);
        printf("%s ms: %s\n", argv[i], time_ns() - start >= wanted ? "slept" : "woken too early");
    }
    return 0;
}
