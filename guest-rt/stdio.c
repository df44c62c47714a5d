/* SPDX-License-Identifier: MIT */
/*
 * Output streams. They share one buffer: output to stderr first writes out stdout's, and each
 * call on stderr empties the buffer. Each write is one VM exit, so a call makes at most one if
 * possible. Each call holds a lock; otherwise lines of different harts, or of interrupt
 * handlers, would mix.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libc.h"
#include "rt.h"

static void refuse(struct sink *sink, const char *text, size_t len);
static void make_room(struct sink *sink, const char *text, size_t len);

static char buffer[BUFSIZ];

FILE __stdin = {.out = {.overflow = refuse}};
FILE __stdout = {
    .out = {.pos = buffer, .end = buffer + BUFSIZ, .overflow = make_room},
    .buf = buffer,
    .fresh = buffer,
    .mode = _IOLBF,
};
FILE __stderr = {
    .out = {.pos = buffer, .end = buffer + BUFSIZ, .overflow = make_room},
    .buf = buffer,
    .fresh = buffer,
    .mode = _IONBF,
};

static void write_out(FILE *f, const char *data, size_t len)
{
    if (len > 0 && console_write(data, len) < len) {
        errno = EIO;
        f->error = true;
    }
}

/* Writes out the buffer up to `end`, and moves the rest, an unfinished line, to its front. */
static void flush_to(FILE *f, const char *end)
{
    size_t rest = (size_t)(f->out.pos - end);

    if (f->out.pos == f->buf)
        return;
    write_out(f, f->buf, (size_t)(end - f->buf));
    if (rest > 0)
        memmove(f->buf, end, rest);
    f->out.pos = f->fresh = f->buf + rest;
}

/* stdin's overflow: there is never room. */
static void refuse(struct sink *sink, const char *text, size_t len)
{
    FILE *f = (FILE *)sink;

    (void)text, (void)len;
    errno = EBADF;
    f->error = true;
}

/* An output stream's overflow. Writes a block of at least the buffer's size directly. */
static void make_room(struct sink *sink, const char *text, size_t len)
{
    FILE *f = (FILE *)sink;
    size_t room = (size_t)(sink->end - sink->pos);

    if (len >= BUFSIZ) {
        flush_to(f, sink->pos);
        write_out(f, text, len);
        return;
    }
    memcpy(sink->pos, text, room);
    sink->pos = sink->end;
    flush_to(f, sink->pos);
    memcpy(sink->pos, text + room, len - room);
    sink->pos += len - room;
}

static struct rt_lock lock; /* for all streams */

/* Begins output to f: flushes older output of stdout. Returns the argument for end(). */
static bool begin(FILE *f)
{
    bool irq = rt_lock(&lock);

    if (f != stdout)
        flush_to(stdout, stdout->out.pos);
    return irq;
}

/* Ends output to f: writes out as much as f's mode says. Returns 0, or EOF after an error. */
static int end(FILE *f, bool irq)
{
    char *last = f->out.pos; /* after the last newline */

    if (f->mode == _IOLBF) {
        while (last > f->fresh && last[-1] != '\n')
            last--;
        if (last == f->fresh)
            f->fresh = f->out.pos;
        else
            flush_to(f, last);
    } else if (f->mode == _IONBF) {
        flush_to(f, last);
    }
    rt_unlock(&lock, irq);
    return f->error ? EOF : 0;
}

void stdio_flush(void)
{
    bool irq = rt_lock(&lock);

    flush_to(stdout, stdout->out.pos);
    rt_unlock(&lock, irq);
}

int fflush(FILE *f)
{
    if (!f || f == stdout)
        stdio_flush();
    return (f ? f : stdout)->error ? EOF : 0;
}

/* Sets stdout's mode. The buffer stays, and other streams keep their modes. */
int setvbuf(FILE *restrict f, char *restrict buf, int mode, size_t size)
{
    (void)buf, (void)size;
    if (f != stdout || mode < _IOFBF || mode > _IONBF)
        return -1;
    stdio_flush();
    f->mode = mode;
    return 0;
}

/* Reads all strings before it takes the lock: a trap in them is the caller's, and other harts go
 * on. Text that is too long for `text` is made a second time, in the stream's buffer. */
int vfprintf(FILE *restrict f, const char *restrict fmt, va_list args)
{
    char text[256];
    va_list first;
    bool irq;

    va_copy(first, args);
    int len = vsnprintf(text, sizeof text, fmt, first);
    va_end(first);
    irq = begin(f);
    if (len >= 0 && (size_t)len < sizeof text)
        emit(&f->out, text, (size_t)len);
    else
        len = format(&f->out, fmt, args);
    return end(f, irq) < 0 ? -1 : len;
}

int vprintf(const char *restrict fmt, va_list args)
{
    return vfprintf(stdout, fmt, args);
}

int printf(const char *restrict fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    int len = vfprintf(stdout, fmt, args);
    va_end(args);
    return len;
}

int fprintf(FILE *restrict f, const char *restrict fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    int len = vfprintf(f, fmt, args);
    va_end(args);
    return len;
}

int fputs(const char *restrict s, FILE *restrict f)
{
    size_t len = strlen(s);
    bool irq = begin(f);

    emit(&f->out, s, len);
    return end(f, irq);
}

int puts(const char *s)
{
    size_t len = strlen(s);
    bool irq = begin(stdout);

    emit(&stdout->out, s, len);
    emit(&stdout->out, "\n", 1);
    return end(stdout, irq);
}

int fputc(int c, FILE *f)
{
    bool irq = begin(f);
    char byte = (char)c;

    if (f->out.end - f->out.pos > 1)
        *f->out.pos++ = byte;
    else
        f->out.overflow(&f->out, &byte, 1);
    if (byte == '\n' || f->mode == _IONBF)
        end(f, irq);
    else
        rt_unlock(&lock, irq);
    return f->error ? EOF : (unsigned char)c;
}

int putc(int c, FILE *f)
{
    return fputc(c, f);
}

int putchar(int c)
{
    return fputc(c, stdout);
}

/* After an error, no item counts as written. */
size_t fwrite(const void *restrict data, size_t size, size_t count, FILE *restrict f)
{
    bool irq = begin(f);

    emit(&f->out, data, size * count);
    return end(f, irq) < 0 || size == 0 ? 0 : count;
}

void perror(const char *s)
{
    const char *reason = strerror(errno);

    if (s && *s)
        fprintf(stderr, "%s: %s\n", s, reason);
    else
        fprintf(stderr, "%s\n", reason);
}

int ferror(FILE *f)
{
    return f->error;
}
