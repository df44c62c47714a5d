/* SPDX-License-Identifier: MIT */
/* A state machine that splits 2 KiB of a program's text into words, numbers, texts and comments. */
#include "mix.h"

#define SIZE 2048

enum state { BLANK, NAME, NUMBER, POINT, HEX, TEXT, ESCAPED, SLASH, COMMENT, STAR, OTHER, STATES };

static char text[SIZE];

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static enum state begin(char c)
{
    if (is_letter(c))
        return NAME;
    if (is_digit(c))
        return NUMBER;
    switch (c) {
    case ' ':
    case '\n':
        return BLANK;
    case '"':
        return TEXT;
    case '/':
        return SLASH;
    default:
        return OTHER;
    }
}

static enum state step(enum state state, char c)
{
    switch (state) {
    case NAME:
        return is_letter(c) || is_digit(c) ? NAME : begin(c);
    case NUMBER:
        return is_digit(c) ? NUMBER : c == '.' ? POINT : c == 'x' ? HEX : begin(c);
    case POINT:
        return is_digit(c) ? POINT : begin(c);
    case HEX:
        return is_digit(c) || (c >= 'a' && c <= 'f') ? HEX : begin(c);
    case TEXT:
        return c == '\\' ? ESCAPED : c == '"' ? BLANK : TEXT;
    case ESCAPED:
        return TEXT;
    case SLASH:
        return c == '*' ? COMMENT : begin(c);
    case COMMENT:
        return c == '*' ? STAR : COMMENT;
    case STAR:
        return c == '/' ? BLANK : c == '*' ? STAR : COMMENT;
    default:
        return begin(c);
    }
}

static void fill(uint32_t seed)
{
    static const char *const pieces[] = {
        "while (", "x1 = 0x7f3a;", "\"a \\\" text\"", "/* why * not **/", "3.1415 * r / 2",
        "\n    ",  "return",       "value[12] += ",   "if (a < b)",       "size_t",
    };
    size_t at = 0;

    for (;;) {
        const char *piece = pieces[next_random(&seed) % (sizeof(pieces) / sizeof(pieces[0]))];
        size_t length = strlen(piece);

        if (at + length > SIZE)
            break;
        memcpy(text + at, piece, length);
        at += length;
    }
    memset(text + at, ' ', SIZE - at);
}

static uint32_t work(uint32_t seed)
{
    uint32_t begun[STATES] = {0}, sum = 0;
    enum state state = BLANK;

    fill(seed);
    for (unsigned i = 0; i < SIZE; i++) {
        enum state next = step(state, text[i]);

        begun[next] += next != state;
        state = next;
    }
    for (unsigned i = 0; i < STATES; i++)
        sum = mix(sum, begun[i]);
    return sum;
}
