/* SPDX-License-Identifier: MIT */
/* Does nothing: this is the cost of starting a guest. */
int main(void)
{
    return 0;
}
