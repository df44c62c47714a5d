/* SPDX-License-Identifier: MIT */
/* Regular expressions with . * + ? and sets, by going back where a way fails. */
#include "mix.h"

#define LINES 48
#define WIDTH 40

static char lines[LINES][WIDTH + 1];

static const char *const patterns[] = {
    "a*b+c", "[a-c]+d?e", "b.*d.*e", "^ab?[c-e]*$", "(x", "e[a-e]e", "a.c.e", "[ab]*c[ab]*d",
};

/* Returns what follows the first item of a pattern. */
static const char *after_item(const char *p)
{
    if (*p == '[')
        while (*p != ']')
            p++;
    return p + 1;
}

static bool fits(const char *p, char c)
{
    if (*p != '[')
        return c && (*p == '.' || *p == c);
    for (p++; *p != ']'; p++) {
        if (p[1] == '-') {
            if (c >= p[0] && c <= p[2])
                return true;
            p += 2;
        } else if (*p == c) {
            return true;
        }
    }
    return false;
}

/* Returns the length of what the pattern fits at the start of s, or -1. */
static int match(const char *p, const char *s)
{
    const char *next;
    int least, most = 0, rest;

    if (*p == '\0')
        return 0;
    if (*p == '$' && p[1] == '\0')
        return *s ? -1 : 0;
    next = after_item(p);
    if (*next != '*' && *next != '+' && *next != '?') {
        rest = fits(p, *s) ? match(next, s + 1) : -1;
        return rest < 0 ? -1 : rest + 1;
    }
    least = *next == '+';
    while (fits(p, s[most]) && !(*next == '?' && most == 1))
        most++;
    for (; most >= least; most--)
        if ((rest = match(next + 1, s + most)) >= 0)
            return most + rest;
    return -1;
}

/* Returns where the pattern fits first, and for how long, or -1. */
static int search(const char *p, const char *s)
{
    if (*p == '^')
        return match(p + 1, s);
    for (int at = 0;; at++) {
        int length = match(p, s + at);

        if (length >= 0)
            return at * 256 + length;
        if (!s[at])
            return -1;
    }
}

static uint32_t work(uint32_t seed)
{
    uint32_t sum = 0;

    for (unsigned i = 0; i < LINES; i++) {
        unsigned length = next_random(&seed) % WIDTH;

        for (unsigned j = 0; j < length; j++)
            lines[i][j] = "aaabbcde"[next_random(&seed) % 8];
        lines[i][length] = '\0';
    }
    for (unsigned i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
        for (unsigned j = 0; j < LINES; j++)
            sum = mix(sum, (uint32_t)search(patterns[i], lines[j]));
    return sum;
}
