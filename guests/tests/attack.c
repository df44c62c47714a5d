/* SPDX-License-Identifier: MIT */
/*
 * Makes the VMM make a system call, if it is one with a hole (tests/attack):
 *
 *   attack NUMBER [ARGUMENT]...
 *
 * An argument is a number; or text, whose address the call gets; or "hex:" and the bytes in
 * hexadecimal. Prints what the call returns.
 */
#include <call.h>
#include <ctype.h>
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tests/attack/attack.h"

static void decode_hex(char *text)
{
    char *to = text;

    for (const char *at = text + 4; at[0] && at[1]; at += 2) {
        const char digits[] = {at[0], at[1], '\0'};

        *to++ = (char)strtoul(digits, NULL, 16);
    }
}

int main(int argc, char **argv)
{
    static char texts[4][64];
    unsigned long args[4] = {0}, addresses = 0;
    struct sbiret ret;

    if (argc < 2 || argc > 6)
        return 1;
    for (int i = 2; i < argc; i++) {
        char *text = texts[i - 2];

        args[i - 2] = strtoul(argv[i], NULL, 0);
        if (isdigit((unsigned char)argv[i][0]))
            continue;
        snprintf(text, sizeof(texts[0]), "%s", argv[i]);
        if (strncmp(text, "hex:", 4) == 0)
            decode_hex(text);
        args[i - 2] = (unsigned long)text;
        addresses |= 1ul << (i - 2);
    }
    ret = sbi_trap5(EID_ATTACK, strtoul(argv[1], NULL, 0), args[0], args[1], args[2], args[3],
                    addresses);
    if (ret.error) {
        printf("this VMM has no hole\n");
        return 2;
    }
    printf("%ld\n", (long)ret.value);
    return 0;
}
