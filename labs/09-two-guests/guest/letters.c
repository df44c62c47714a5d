/* SPDX-License-Identifier: MIT */
/* Writes a letter COUNT times, one exit each: guest 0 an A, guest 1 a b. */
#include <call.h>
#include <stdlib.h>

#ifdef SEALED /* the grader's copy also notes the order of both guests' letters */
#include "shared.h"
void check_saw(unsigned long number);
#define NOTE_ORDER() check_saw((*(volatile unsigned long *)SHARED_PAGE)++)
#else
#define NOTE_ORDER()
#endif

int main(int argc, char **argv)
{
    long me = sbi_which_guest().value;
    unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 5;

    for (unsigned long i = 0; i < count; i++) {
        NOTE_ORDER();
        sbi_console_write_byte(me ? 'b' : 'A');
    }
    return 0;
}
