/* SPDX-License-Identifier: MIT */
/* Must die: an array that is larger than the room left on the stack does not reach the heap. */
#include <string.h>

static __attribute__((noinline)) void fill(volatile char *array)
{
    memset((char *)array, 1, 100);
}

static __attribute__((noinline)) int use(int rounds)
{
    volatile char array[100000];

    fill(array);
    return rounds == 0 ? array[5] : use(rounds - 1) + array[5];
}

int main(void)
{
    return use(4);
}
