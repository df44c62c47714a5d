/* SPDX-License-Identifier: MIT */
/* Traps while stvec points to no code: the machine cannot go on. */
int main(void)
{
    __asm__ volatile("csrw stvec, zero\n\t.word 0");
    return 0;
}
