/* SPDX-License-Identifier: MIT */
/* Writes its arguments, one line each, with an exit for each byte. */
#include "log.h"

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bytewise_put(argv[i]);
        bytewise_put("\n");
    }
    return 0;
}
