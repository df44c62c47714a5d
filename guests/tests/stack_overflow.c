/* Must die: recursion without end runs into the guard page, not into the heap. */
#include <stddef.h>

static volatile size_t limit = (size_t)-1; /* the compiler does not know that it never comes */

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
