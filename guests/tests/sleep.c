/* SPDX-License-Identifier: MIT */
/* Sleeps for an hour; with an argument, for the longest possible time. */
#include <guest.h>

int main(int argc, char **argv)
{
    (void)argv;
    sleep_ns(argc > 1 ? UINT64_MAX : 3600 * NS_PER_S);
    return 0;
}
