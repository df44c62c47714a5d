/* SPDX-License-Identifier: MIT */
/* Must die: endless recursion reaches the guard page, not the heap. */
#include <stddef.h>

static volatile size_t limit =
    (size_t)-1; /* volatile: the compiler must not see that the recursion has no end */

static __attribute__((noinline)) size_t recurse(volatile size_t *above)
{
    volatile size_t here[64];

    here[0] = *above + 1;
    if (here[0] == limit)
        return 0;
    return recurse(here) + here[0];
}

int main(void)
{
    size_t none = 0;

    return (int)recurse(&none);
}
