/* SPDX-License-Identifier: MIT */
/*
 * The line editor. It prints through stdout's buffer. It uses control sequences that every terminal
 * has: CSI n C moves the cursor to the right; CSI K erases to the end of the line; CSI ? 7 l and
 * CSI ? 7 h make text at the right edge stay there, or wrap.
 */
#include "labos.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define CTRL(letter) ((letter)&0x1f)
#define ESC          0x1b
#define BACKSPACE    0x7f
#define DELETE       0x100 /* above all bytes; most named keys have the values of control keys */
#define WIDTH_REPORT 0x101 /* the terminal's answer to ASK_WIDTH */

/* Moves the cursor to the right edge and asks for its position. */
#define ASK_WIDTH "\x1b[999C\x1b[6n"

/* Columns: a text of so many needs no scrolling on any screen. */
#define NARROW 40

#define HISTORY 8

struct line {
    const char *prompt;
    char *text;
    size_t length, cursor; /* in bytes */
    bool cut;              /* a key was refused, because the line is full */
    bool asked;            /* for the width */
};

static int width = 80; /* of the screen, in columns */

static char history[HISTORY][LINE_SIZE]; /* the newest line first */
static int remembered;

static int read_byte(void)
{
    unsigned char byte;

    fflush(stdout);
    return sys_read(&byte, 1) == 1 ? byte : EOF;
}

/* Returns the control key for the bytes after ESC: CSI or SS3, then a letter, or a number and ~.
 * There may be a second number, for a shift key. A report has row and column. Returns 0 if there is
 * no such key. */
static int read_escape(void)
{
    static const int letters['H' - 'A' + 1] = {CTRL('P'), CTRL('N'), CTRL('F'), CTRL('B'),
                                               0,         CTRL('E'), 0,         CTRL('A')};
    static const int numbers[10] = {
        [1] = CTRL('A'), [3] = DELETE, [4] = CTRL('E'), [7] = CTRL('A'), [8] = CTRL('E')};
    int c = read_byte(), both[2] = {0}, *number = both;

    if (c != '[' && c != 'O')
        return 0;
    while ((c = read_byte()) == ';' || (c >= '0' && c <= '9'))
        if (c == ';')
            number = &both[1];
        else
            *number = (*number * 10 + c - '0') % 1000;
    if (c == '~')
        return both[0] < 10 ? numbers[both[0]] : 0;
    if (c == 'R') {
        width = both[1];
        return WIDTH_REPORT;
    }
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

static size_t after(const struct line *line, size_t at)
{
    while (at < line->length && continues(line->text[++at]))
        ;
    return at;
}

/* Draws prompt and line again. If the screen is too narrow, shows the part before the cursor. */
static void draw(const struct line *line)
{
    int prompt = (int)strlen(line->prompt);
    int room = width > prompt + 1 ? width - prompt - 1 : 1;
    size_t from = 0, to;

    while (columns(line->text + from, line->cursor - from) > room)
        from = after(line, from);
    for (to = from; to < line->length && columns(line->text + from, to - from) < room;)
        to = after(line, to);
    printf("\x1b[?7l\r%s%.*s\x1b[K\r\x1b[%dC\x1b[?7h", line->prompt, (int)(to - from),
           line->text + from, prompt + columns(line->text + from, line->cursor - from));
}

static void move(struct line *line, size_t to)
{
    line->cursor = to;
    draw(line);
}

static void insert(struct line *line, const char *text, size_t length)
{
    char *at = line->text + line->cursor;

    if (length >= LINE_SIZE - line->length) {
        line->cut = true;
        putchar('\a');
        return;
    }
    memmove(at + length, at, line->length - line->cursor);
    memcpy(at, text, length);
    line->length += length;
    line->cursor += length;
    if (strlen(line->prompt) + line->length >= NARROW && !line->asked) {
        fputs(ASK_WIDTH, stdout); /* for each long line, because windows change */
        line->asked = true;
        draw(line);
    } else if (line->cursor == line->length && !line->asked) {
        printf("%.*s", (int)length, text);
    } else {
        draw(line);
    }
}

static void erase(struct line *line, size_t from, size_t to)
{
    memmove(line->text + from, line->text + to, line->length - to);
    line->length -= to - from;
    line->cut = line->cut && line->length > 0;
    move(line, from);
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

static bool begins_with(const char *word, const struct line *line)
{
    return strncmp(word, line->text, line->cursor) == 0;
}

static void list(const struct line *line, const char *const *words)
{
    int listed = 0;

    for (; *words; words++)
        if (begins_with(*words, line))
            printf("%s%-8s", listed++ % 8 ? " " : "\n", *words);
    puts("");
    draw(line);
}

/* Completes the first word: inserts what all words that begin so share, or lists them. */
static void complete(struct line *line, const char *const *words)
{
    const char *first = NULL;
    size_t shared = 0;
    bool is_only = true;

    for (size_t i = 0; words && words[i]; i++) {
        if (!begins_with(words[i], line))
            continue;
        is_only = !first;
        first = first ? first : words[i];
        for (shared = is_only ? strlen(first) : shared; strncmp(first, words[i], shared) != 0;)
            shared--;
    }
    if (!first)
        putchar('\a');
    else if (!is_only && shared == line->cursor)
        list(line, words);
    else
        insert(line, first + line->cursor, shared - line->cursor);
    if (first && is_only)
        insert(line, " ", 1);
}

static void edit(struct line *line, int key)
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
        move(line, after(line, line->cursor));
        break;
    case CTRL('H'):
    case BACKSPACE:
        erase(line, before(line, line->cursor), line->cursor);
        break;
    case CTRL('D'):
    case DELETE:
        erase(line, line->cursor, after(line, line->cursor));
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
        fputs("\x1b[H\x1b[2J", stdout);
        draw(line);
        break;
    case WIDTH_REPORT:
        draw(line);
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
    if (line->cut && line->length > 0) {
        printf("this line is not run: it is longer than %d bytes\n", LINE_SIZE - 1);
        line->text[line->length = 0] = '\0';
    }
    return nothing_more ? -1 : (int)line->length;
}

int read_line(const char *prompt, char text[LINE_SIZE], const char *const *words)
{
    struct line line = {.prompt = prompt, .text = text};
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
        case '\t':
            complete(&line, words);
            break;
        case CTRL('D'):
            if (line.length > 0) {
                edit(&line, key);
                break;
            }
            return end_line(&line, key);
        case '\r':
        case '\n':
        case CTRL('C'):
        case EOF:
            return end_line(&line, key);
        default:
            edit(&line, key);
        }
    }
}
