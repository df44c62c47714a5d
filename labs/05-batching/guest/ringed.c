/* SPDX-License-Identifier: MIT */
/* Writes its arguments, one line each, through the ring; then the first one again. */
#include "log.h"

int main(int argc, char **argv)
{
    ring_start();
    for (int i = 1; i < argc; i++) {
        ring_put(argv[i]);
        ring_put("\n");
    }
    ring_flush();
    ring_flush(); /* nothing is left: no exit */
    ring_put(argv[argc - 1]);
    ring_flush();
    return 0;
}
