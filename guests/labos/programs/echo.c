/* SPDX-License-Identifier: MIT */
/* Repeats its arguments; without any, each line that is typed, until ^D. */
#include <stdio.h>

static int repeat_lines(void)
{
    char line[128];

    while (fgets(line, sizeof(line), stdin))
        fputs(line, stdout);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 1)
        return repeat_lines();
    for (int i = 1; i < argc; i++)
        printf("%s%c", argv[i], i + 1 < argc ? ' ' : '\n');
    return 0;
}
