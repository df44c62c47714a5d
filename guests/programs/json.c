/* SPDX-License-Identifier: MIT */
/*
 * Checks that its input is JSON (RFC 8259), and says where it is not. Look for: one function for
 * each rule of the grammar, which looks at one byte ahead.
 *
 *   echo '[1, 2, {"three": null}]' | labvisor json.elf
 */
#include <stdio.h>
#include <stdlib.h>

#define DEEPEST 200 /* values inside of values: each takes a piece of the stack */

static int next; /* the byte that comes next, or EOF */
static unsigned long line = 1, column = 1, values;

static void advance(void)
{
    if (next == '\n') {
        line++;
        column = 1;
    } else if ((next & 0xC0) != 0x80) { /* UTF-8: one column a character */
        column++;
    }
    next = getchar();
}

static void wrong(const char *expected)
{
    printf("line %lu, column %lu: expected %s\n", line, column, expected);
    exit(1);
}

static int is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static int is_hex(int c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static void skip_space(void)
{
    while (next == ' ' || next == '\t' || next == '\n' || next == '\r')
        advance();
}

static void word(const char *rest)
{
    for (const char *c = rest; *c; c++) {
        if (next != *c)
            wrong("null, true or false");
        advance();
    }
}

static void digits(void)
{
    if (!is_digit(next))
        wrong("a digit");
    while (is_digit(next))
        advance();
}

static void number(void)
{
    if (next == '-')
        advance();
    if (next == '0')
        advance(); /* no digit may follow */
    else
        digits();
    if (next == '.') {
        advance();
        digits();
    }
    if (next == 'e' || next == 'E') {
        advance();
        if (next == '+' || next == '-')
            advance();
        digits();
    }
}

static void escape(void)
{
    advance();
    switch (next) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        advance();
        return;
    case 'u':
        advance();
        for (int i = 0; i < 4; i++) {
            if (!is_hex(next))
                wrong("four hexadecimal digits");
            advance();
        }
        return;
    default:
        wrong("one of \"\\/bfnrtu");
    }
}

/* A character beyond ASCII, in UTF-8 (RFC 3629): the first byte says how many follow, and for some
 * of them, between which limits the second one is. */
static void utf8(void)
{
    int first = next, low = 0x80, high = 0xBF;
    int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;

    if (first < 0xC2 || first > 0xF4)
        wrong("UTF-8");
    if (first == 0xE0)
        low = 0xA0; /* shorter ways to write the same */
    if (first == 0xF0)
        low = 0x90;
    if (first == 0xED)
        high = 0x9F; /* surrogates */
    if (first == 0xF4)
        high = 0x8F; /* above U+10FFFF */
    advance();
    for (; more > 0; more--) {
        if (next < low || next > high)
            wrong("UTF-8");
        advance();
        low = 0x80;
        high = 0xBF;
    }
}

static void string(void)
{
    advance();
    while (next != '"') {
        if (next == EOF)
            wrong("a closing \"");
        if (next < ' ')
            wrong("no control character in a string");
        if (next == '\\')
            escape();
        else if (next < 0x80)
            advance();
        else
            utf8();
    }
    advance();
}

static void value(int depth);

/* What arrays and objects have in common: elements between commas, up to `end`. */
static void list(int end, void (*element)(int depth), int depth)
{
    if (depth == DEEPEST)
        wrong("no deeper nesting");
    advance();
    skip_space();
    while (next != end) {
        element(depth + 1);
        skip_space();
        if (next == end)
            break;
        if (next != ',')
            wrong(end == ']' ? ", or ]" : ", or }");
        advance();
        skip_space();
        if (next == end)
            wrong("an element after the comma");
    }
    advance();
}

static void member(int depth)
{
    if (next != '"')
        wrong("a name in \"\"");
    string();
    skip_space();
    if (next != ':')
        wrong(":");
    advance();
    value(depth);
}

static void value(int depth)
{
    values++;
    skip_space();
    switch (next) {
    case '{':
        list('}', member, depth);
        return;
    case '[':
        list(']', value, depth);
        return;
    case '"':
        string();
        return;
    case 'n':
        word("null");
        return;
    case 't':
        word("true");
        return;
    case 'f':
        word("false");
        return;
    default:
        if (next != '-' && !is_digit(next))
            wrong("a value");
        number();
    }
}

int main(void)
{
    next = getchar();
    value(0);
    skip_space();
    if (next != EOF)
        wrong("the end");
    printf("valid: %lu values\n", values);
    return 0;
}
