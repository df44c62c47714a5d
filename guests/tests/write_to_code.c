/* SPDX-License-Identifier: MIT */
/* Must die: code is not writable. */
#include <stdint.h>

int main(void)
{
    *(volatile unsigned char *)(uintptr_t)main = 0;
    return 0;
}
