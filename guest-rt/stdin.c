/* SPDX-License-Identifier: MIT */
/*
 * Input streams; stdin is the only one. Each call holds a lock: a line goes to one hart. Interrupts
 * stay on meanwhile, because a call may wait for long. A tick that reads, too, while its hart
 * waits, takes from the same buffer.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libc.h"
#include "rt.h"

#define LINE_ROOM 128 /* at least so much is free when getline reads */

static char buffer[1 + 1024]; /* the first byte is room for ungetc */

/* Reads more, except after the end of input. Returns whether there is a byte to take. */
static bool fill(FILE *f)
{
    char *start = buffer + 1;
    size_t size = sizeof buffer - 1;
    size_t len;

    if (f->eof)
        return false;
    if (f != stdin) {
        errno = EBADF;
        f->error = true;
        return false;
    }
    stdio_flush();
    len = console_is_terminal() ? tty_read_line(start, size) : console_read(start, size);
    f->next = start;
    f->limit = start + len;
    f->eof = len == 0;
    return len > 0;
}

static struct rt_lock lock;

/* Begins to take input. Returns the argument for end(). */
static bool begin(void)
{
    bool irq = rt_lock(&lock);

    irq_restore(irq);
    return irq;
}

static void end(bool irq)
{
    irq_disable();
    rt_unlock(&lock, irq);
}

int fgetc(FILE *f)
{
    bool irq = begin();
    int c = f->next == f->limit && !fill(f) ? EOF : (unsigned char)*f->next++;

    end(irq);
    return c;
}

int getc(FILE *f)
{
    return fgetc(f);
}

int getchar(void)
{
    return fgetc(stdin);
}

/* Puts c before what is to be taken. Returns whether there was room. */
static bool put_back(FILE *f, char c)
{
    if (!f->next)
        f->next = f->limit = buffer + 1;
    if (f->next == buffer)
        return false;
    *--f->next = c;
    f->eof = false;
    return true;
}

int ungetc(int c, FILE *f)
{
    bool irq, done;

    if (c == EOF || f != stdin)
        return EOF;
    irq = begin();
    done = put_back(f, (char)c);
    end(irq);
    return done ? (unsigned char)c : EOF;
}

/* Takes up to size bytes into s; if to_newline, at most one line. Returns how many. */
static size_t take(FILE *f, char *s, size_t size, bool to_newline)
{
    size_t taken = 0;
    bool irq = begin();

    while (taken < size && (f->next != f->limit || fill(f))) {
        size_t ready = (size_t)(f->limit - f->next);
        size_t len = ready < size - taken ? ready : size - taken;
        const char *newline = to_newline ? memchr(f->next, '\n', len) : NULL;

        if (newline)
            len = (size_t)(newline + 1 - f->next);
        memcpy(s + taken, f->next, len);
        f->next += len;
        taken += len;
        if (newline)
            break;
    }
    end(irq);
    return taken;
}

char *fgets(char *restrict s, int size, FILE *restrict f)
{
    size_t len;

    if (size <= 0)
        return NULL;
    len = take(f, s, (size_t)size - 1, true);
    if (len == 0 && size > 1)
        return NULL;
    s[len] = '\0';
    return s;
}

size_t fread(void *restrict data, size_t size, size_t count, FILE *restrict f)
{
    return size == 0 ? 0 : take(f, data, size * count, false) / size;
}

int feof(FILE *f)
{
    return f->eof;
}

void clearerr(FILE *f)
{
    f->eof = f->error = false;
}

void rewind(FILE *f)
{
    clearerr(f);
}

/* Makes room for `wanted` bytes. Returns whether there is. */
static bool grow(char **line, size_t *size, size_t wanted)
{
    size_t larger = *line && *size > wanted / 2 ? *size * 2 : wanted;
    char *moved;

    if (*line && *size >= wanted)
        return true;
    moved = realloc(*line, larger);
    if (!moved)
        return false;
    *line = moved;
    *size = larger;
    return true;
}

ssize_t getline(char **restrict line, size_t *restrict size, FILE *restrict f)
{
    size_t len = 0, got;

    do {
        if (!grow(line, size, len + LINE_ROOM))
            return -1; /* with errno ENOMEM */
        got = take(f, *line + len, *size - 1 - len, true);
        len += got;
        (*line)[len] = '\0';
    } while (got > 0 && (*line)[len - 1] != '\n');
    return len > 0 ? (ssize_t)len : -1;
}
