/* SPDX-License-Identifier: MIT */
/*
 * The line discipline: does what a kernel's terminal driver does for its programs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "libc.h"
#include "rt.h"

#define CTRL(letter) ((letter)&0x1F)
#define DEL          0x7F

/* Returns the next byte that was typed, or EOF. */
static int next_byte(void)
{
    static char typed[64];
    static size_t next, len;

    if (next == len) {
        stdio_flush(); /* the echo */
        next = 0;
        len = console_read(typed, sizeof typed);
    }
    return len == 0 ? EOF : (unsigned char)typed[next++];
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Erases the last character of a line, also on the screen. Returns the new length. */
static size_t erase(const char *line, size_t len)
{
    do
        len--;
    while (len > 0 && (line[len] & 0xC0) == 0x80); /* UTF-8: all its bytes */
    fputs("\b \b", stdout);
    return len;
}

size_t tty_read_line(char *line, size_t size)
{
    size_t len = 0;

    for (;;) {
        int c = next_byte();

        switch (c) {
        case EOF:
        case CTRL('D'):
            return len;
        case CTRL('C'):
            fputs("^C\n", stdout);
            exit(130);
        case '\r':
        case '\n':
            putchar('\n');
            line[len] = '\n';
            return len + 1;
        case '\b':
        case DEL:
            if (len > 0)
                len = erase(line, len);
            break;
        case CTRL('U'):
            while (len > 0)
                len = erase(line, len);
            break;
        case CTRL('W'):
            while (len > 0 && is_blank(line[len - 1]))
                len = erase(line, len);
            while (len > 0 && !is_blank(line[len - 1]))
                len = erase(line, len);
            break;
        default:
            if ((c < ' ' && c != '\t') || len == size - 1)
                break; /* not a printable key, or no room */
            line[len++] = (char)c;
            putchar(c == '\t' ? ' ' : c); /* one column wide, as erase() expects */
        }
    }
}
