/* SPDX-License-Identifier: MIT */
/* Asks another question after a rewind: QUESTION. */
#include <call.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    unsigned long question = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
    long life;

    life = sbi_checkpoint().value;
    printf("the same: %ld\n", sbi_ask(question).value);
    printf("another in life %ld: %ld\n", life, sbi_ask(question + 1 + (unsigned long)life).value);
    if (life == 0)
        sbi_rewind();
    return 0;
}
