/* SPDX-License-Identifier: MIT */
/* Must die: a write where neither the image nor RAM is. */
int main(void)
{
    *(volatile int *)0x7000000000 = 42;
    return 0;
}
