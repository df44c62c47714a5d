/* SPDX-License-Identifier: MIT */
/* Prints its arguments, each in brackets. Then prints a string twice, and changes it in between. */
#include "calls.h"

static long put_changing(void)
{
    static char text[] = "-\n";
    long error;

    text[0] = 'a';
    error = lab_call(EID_LAB2, FID_LAB2_put_string, 2, (uintptr_t)text).error;
    text[0] = 'b';
    return error | lab_call(EID_LAB2, FID_LAB2_put_string, 2, (uintptr_t)text).error;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char line[64] = "<";
        unsigned end = 1;

        for (const char *from = argv[i]; *from && end < sizeof(line) - 3; from++)
            line[end++] = *from;
        line[end] = '>';
        line[end + 1] = '\n';
        line[end + 2] = '\0';
        if (put_string(line) != SBI_SUCCESS)
            return 1;
    }
    return put_changing() == SBI_SUCCESS ? 0 : 1;
}
