/* SPDX-License-Identifier: MIT */
/* Must die: a call to an address without code, three functions down. */
#include <stdint.h>

static __attribute__((noinline)) int inner(uintptr_t address)
{
    return ((int (*)(void))address)() + 1;
}

static __attribute__((noinline)) int outer(uintptr_t address)
{
    return inner(address) + 1;
}

int main(void)
{
    volatile uintptr_t nowhere = 0x1234567000;

    return outer(nowhere);
}
