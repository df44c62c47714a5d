/* SPDX-License-Identifier: MIT */
/* A guest for the tests of gdb: calls, a recursion, a variable that changes, memory of its own. */
#include <stdio.h>
#include <stdlib.h>

volatile int total;

/* clang 19 says of a static function that it need not follow the calling convention. */
int add(int n);
int factorial(int n);

__attribute__((noinline)) int add(int n)
{
    total += n;
    return total;
}

__attribute__((noinline)) int factorial(int n)
{
    if (n <= 1)
        return 1;
    return n * factorial(n - 1);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 3;

    for (int i = 1; i <= rounds; i++)
        add(i);
    printf("total %d\n", total);
    printf("factorial %d\n", factorial(5));
    return total;
}
