/* Must die: a call to where nothing is, three functions down. */
#include <stdint.h>

static __attribute__((noinline)) int inner(uintptr_t place)
{
    return ((int (*)(void))place)() + 1;
}

static __attribute__((noinline)) int outer(uintptr_t place)
{
    return inner(place) + 1;
}

int main(void)
{
    volatile uintptr_t nowhere = 0x1234567000;

    return outer(nowhere);
}
