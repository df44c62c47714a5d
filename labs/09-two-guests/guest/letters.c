/* SPDX-License-Identifier: MIT */
/* Writes a letter COUNT times, one exit each: guest 0 an A, guest 1 a b. */
#include <call.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    long me = sbi_which_guest().value;
    unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 5;

    for (unsigned long i = 0; i < count; i++)
        sbi_console_write_byte(me ? 'b' : 'A');
    return 0;
}
