/* SPDX-License-Identifier: MIT */
/* Must die: the heap is not executable. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    static const unsigned char code[] = {0xc3, 0x82, 0x80}; /* ret, on x86 and on RISC-V */
    unsigned char *heap = malloc(64);

    memset(heap, code[0], 64);
    ((void (*)(void))(uintptr_t)heap)();
    return 0;
}
