/* SPDX-License-Identifier: MIT */
/* Computes for ever, without a system call: only the timer ends its turns. */
int main(void)
{
    for (volatile unsigned long rounds = 0;; rounds = rounds + 1)
        ;
}
