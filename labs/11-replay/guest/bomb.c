/*
 * A bomb, which depends on its first argument, a number. It has three phases, and tells of each
 * only in its exits. It is defused by the three code words behind the number.
 */
#include <guest.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t state;
static char words[3][64];

static uint32_t next(void)
{
    state = state * 1664525 + 1013904223;
    return state >> 8;
}

/* Four letters, asked for as if they were an extension. */
static void knock(char *word)
{
    unsigned long eid = 0;

    for (unsigned i = 0; i < 4; i++) {
        word[i] = (char)('a' + next() % 26);
        eid = eid << 8 | (unsigned char)word[i];
    }
    sbi_probe_extension(eid);
}

/* Digits, each slept for so many milliseconds. */
static void doze(char *word)
{
    for (unsigned i = 0; i < 5; i++) {
        uint32_t digit = 1 + next() % 9;

        word[i] = (char)('0' + digit);
        sleep_ns(digit * NS_PER_MS);
    }
}

/* Lengths of writes, with a - between them. */
static void stutter(char *word)
{
    static char dots[40];

    memset(dots, '.', sizeof(dots));
    for (unsigned i = 0; i < 4; i++) {
        uint32_t length = 1 + next() % 30;

        word += snprintf(word, 8, "%s%u", i ? "-" : "", length);
        sbi_console_write(length, (uintptr_t)dots, 0);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    unsigned right = 0;

    state = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
    knock(words[0]);
    doze(words[1]);
    stutter(words[2]);
    for (int i = 0; i < 3; i++)
        right += argc > 2 + i && strcmp(argv[2 + i], words[i]) == 0;
    printf(right == 3 ? "defused\n" : "boom: %u of 3\n", right);
    return right == 3 ? 0 : 1;
}
