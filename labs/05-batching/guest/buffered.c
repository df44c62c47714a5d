/* SPDX-License-Identifier: MIT */
/* Writes its arguments, one line each, through a buffer. */
#include "log.h"

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        buffered_put(argv[i]);
        buffered_put("\n");
    }
    buffered_flush();
    return 0;
}
