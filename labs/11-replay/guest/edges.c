/* SPDX-License-Identifier: MIT */
/* Goes back without a snapshot, then with a second snapshot in place of the first. */
#include <call.h>
#include <stdio.h>

int main(void)
{
    static unsigned checkpoints;
    long life;

    printf("no snapshot: %ld\n", sbi_rewind().error);
    for (;;) {
        checkpoints++;
        life = sbi_checkpoint().value;
        printf("snapshot %u, life %ld\n", checkpoints, life);
        if (life < 2)
            sbi_rewind();
        if (checkpoints == 2)
            return 0;
    }
}
