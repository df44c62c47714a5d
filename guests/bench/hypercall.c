/* SPDX-License-Identifier: MIT */
/* Makes the cheapest hypercall N times, with as few instructions as possible between two. */
#include <call.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    for (unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1; n > 0; n--)
        sbi_get_impl_id();
    return 0;
}
