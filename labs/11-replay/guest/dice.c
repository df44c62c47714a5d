/* SPDX-License-Identifier: MIT */
/*
 * Asks for inputs, before and after the snapshot: BEFORE AFTER REWINDS. In its last life it asks
 * for two more, which are new.
 */
#include <call.h>
#include <stdio.h>
#include <stdlib.h>

static void ask(long count, long first)
{
    for (long i = 0; i < count; i++)
        printf(" %ld", sbi_ask((unsigned long)(first + i)).value);
}

int main(int argc, char **argv)
{
    long before = argc > 3 ? strtol(argv[1], NULL, 10) : 1;
    long after = argc > 3 ? strtol(argv[2], NULL, 10) : 1;
    long rewinds = argc > 3 ? strtol(argv[3], NULL, 10) : 0, life;

    printf("before:");
    ask(before, 100);
    printf("\n");
    life = sbi_checkpoint().value;
    printf("life %ld:", life);
    ask(after, 200);
    if (life == rewinds)
        ask(2, 300);
    printf("\n");
    if (life < rewinds)
        sbi_rewind();
    return 0;
}
