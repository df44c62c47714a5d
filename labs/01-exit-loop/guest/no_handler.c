/* SPDX-License-Identifier: MIT */
/* A trap, and no code where the traps should go: the machine cannot go on. */
int main(void)
{
    __asm__ volatile("csrw stvec, zero\n\t.word 0");
    return 0;
}
