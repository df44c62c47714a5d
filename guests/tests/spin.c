/* SPDX-License-Identifier: MIT */
/* Makes no exit at all; must be ended from outside. */
int main(void)
{
    for (volatile unsigned n = 0;; n = n + 1)
        ;
}
