/* SPDX-License-Identifier: MIT */
/*
 * The line editor. It prints through stdout's buffer. The cursor moves by control sequences of
 * ECMA-48, which every terminal has: CSI n D and CSI n C, left and right; CSI K, erase to the end
 * of the line. It does not know the width of the screen: keep lines and prompts short.
 */
#include "labos.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define CTRL(letter) ((letter)&0x1f)
#define ESC          0x1b
#define BACKSPACE    0x7f
#define DELETE       0x100 /* above all bytes; the other named keys have the values of control keys */

#define HISTORY 8

struct line {
    char *text;
    size_t length, cursor; /* in bytes */
};

static char history[HISTORY][LINE_SIZE]; /* the newest line first */
static int remembered;

static int read_byte(void)
{
    unsigned char byte;

    fflush(stdout);
    return sys_read(&byte, 1) == 1 ? byte : EOF;
}

/* Returns the control key for the bytes after ESC: CSI or SS3, then a letter, or a number and ~.
 * There may be a second number, for a shift key. Returns 0 if there is no such key. */
static int read_escape(void)
{
    static const int letters['H' - 'A' + 1] = {CTRL('P'), CTRL('N'), CTRL('F'), CTRL('B'),
                                               0,         CTRL('E'), 0,         CTRL('A')};
    static const int numbers[10] = {
        [1] = CTRL('A'), [3] = DELETE, [4] = CTRL('E'), [7] = CTRL('A'), [8] = CTRL('E')};
    int c = read_byte(), number = 0;
    bool first = true;

    if (c != '[' && c != 'O')
        return 0;
    while ((c = read_byte()) == ';' || (c >= '0' && c <= '9'))
        if (c == ';')
            first = false;
        else if (first)
            number = (number * 10 + c - '0') % 100;
    if (c == '~')
        return number < 10 ? numbers[number] : 0;
    return c >= 'A' && c <= 'H' ? letters[c - 'A'] : 0;
}

/* Returns whether a byte continues a character of UTF-8. */
static bool continues(char byte)
{
    return (byte & 0xc0) == 0x80;
}

static int columns(const char *text, size_t length)
{
    int count = 0;

    for (size_t i = 0; i < length; i++)
        count += !continues(text[i]);
    return count;
}

static size_t before(const struct line *line, size_t at)
{
    while (at > 0 && continues(line->text[--at]))
        ;
    return at;
}

static size_t behind(const struct line *line, size_t at)
{
    while (at < line->length && continues(line->text[++at]))
        ;
    return at;
}

static void move(struct line *line, size_t to)
{
    int left = columns(line->text + to, line->cursor > to ? line->cursor - to : 0);
    int right = columns(line->text + line->cursor, to > line->cursor ? to - line->cursor : 0);

    if (left > 0)
        printf("\x1b[%dD", left);
    if (right > 0)
        printf("\x1b[%dC", right);
    line->cursor = to;
}

/* Prints the text after the cursor, and moves the cursor back. */
static void show_rest(struct line *line)
{
    size_t cursor = line->cursor;

    printf("%.*s", (int)(line->length - cursor), line->text + cursor);
    line->cursor = line->length;
    move(line, cursor);
}

static void insert(struct line *line, const char *text, size_t length)
{
    char *at = line->text + line->cursor;

    if (length >= LINE_SIZE - line->length)
        return;
    memmove(at + length, at, line->length - line->cursor);
    memcpy(at, text, length);
    line->length += length;
    line->cursor += length;
    printf("%.*s", (int)length, text);
    show_rest(line);
}

static void erase(struct line *line, size_t from, size_t to)
{
    move(line, from);
    memmove(line->text + from, line->text + to, line->length - to);
    line->length -= to - from;
    fputs("\x1b[K", stdout);
    show_rest(line);
}

/* Inserts the character whose first byte was typed. */
static void type(struct line *line, int first)
{
    char text[4] = {(char)first};
    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;

    for (size_t i = 1; i < length; i++)
        text[i] = (char)read_byte();
    insert(line, text, length);
}

static size_t word_start(const struct line *line)
{
    size_t at = line->cursor;

    while (at > 0 && line->text[at - 1] == ' ')
        at--;
    while (at > 0 && line->text[at - 1] != ' ')
        at--;
    return at;
}

static void remember(const struct line *line)
{
    if (line->length == 0 || (remembered > 0 && strcmp(line->text, history[0]) == 0))
        return;
    memmove(history[1], history[0], sizeof(history) - sizeof(history[0]));
    memcpy(history[0], line->text, line->length + 1);
    if (remembered < HISTORY)
        remembered++;
}

/* Shows a line of the history: 0 is the newest, -1 an empty line. Returns the one it shows. */
static int recall(struct line *line, int shown, int which)
{
    if (which < -1 || which >= remembered)
        return shown;
    erase(line, 0, line->length);
    if (which >= 0)
        insert(line, history[which], strlen(history[which]));
    return which;
}

static void edit(struct line *line, int key, const char *prompt)
{
    switch (key) {
    case CTRL('A'):
        move(line, 0);
        break;
    case CTRL('E'):
        move(line, line->length);
        break;
    case CTRL('B'):
        move(line, before(line, line->cursor));
        break;
    case CTRL('F'):
        move(line, behind(line, line->cursor));
        break;
    case CTRL('H'):
    case BACKSPACE:
        erase(line, before(line, line->cursor), line->cursor);
        break;
    case CTRL('D'):
    case DELETE:
        erase(line, line->cursor, behind(line, line->cursor));
        break;
    case CTRL('K'):
        erase(line, line->cursor, line->length);
        break;
    case CTRL('U'):
        erase(line, 0, line->cursor);
        break;
    case CTRL('W'):
        erase(line, word_start(line), line->cursor);
        break;
    case CTRL('L'):
        printf("\x1b[H\x1b[2J%s%.*s", prompt, (int)line->cursor, line->text);
        show_rest(line);
        break;
    default:
        if (key >= ' ')
            type(line, key);
    }
}

/* Ends the line by a key. Returns the result of read_line. */
static int end_line(struct line *line, int key)
{
    bool nothing_more = line->length == 0 && (key == EOF || key == CTRL('D'));

    puts(key == CTRL('C') ? "^C" : "");
    if (key == CTRL('C'))
        line->length = 0;
    line->text[line->length] = '\0';
    remember(line);
    return nothing_more ? -1 : (int)line->length;
}

int read_line(const char *prompt, char text[LINE_SIZE])
{
    struct line line = {.text = text};
    int shown = -1; /* the line of the history that is shown */

    fputs(prompt, stdout);
    for (;;) {
        int key = read_byte();

        if (key == ESC)
            key = read_escape();
        switch (key) {
        case CTRL('P'):
            shown = recall(&line, shown, shown + 1);
            break;
        case CTRL('N'):
            shown = recall(&line, shown, shown - 1);
            break;
        case CTRL('D'):
            if (line.length > 0) {
                edit(&line, key, prompt);
                break;
            }
            return end_line(&line, key);
        case '\r':
        case '\n':
        case CTRL('C'):
        case EOF:
            return end_line(&line, key);
        default:
            edit(&line, key, prompt);
        }
    }
}
