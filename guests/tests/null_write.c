/* SPDX-License-Identifier: MIT */
/* Must die: a write through NULL. */
int main(void)
{
    *(volatile int *)0 = 42;
    return 0;
}
