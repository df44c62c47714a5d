/* SPDX-License-Identifier: MIT */
/* Must die: data is not executable. */
#include <stdint.h>

static unsigned char code[16] = {0xc3}; /* ret, on x86; on RISC-V the fetch fails as well */

int main(void)
{
    void (*volatile jump)(void) = (void (*)(void))(uintptr_t)code;

    jump();
    return 0;
}
