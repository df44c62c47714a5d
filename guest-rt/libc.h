/*
 * What the C library's own files share.
 */
#ifndef GUEST_LIBC_H
#define GUEST_LIBC_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Where formatted text goes. At least one byte of [pos, end) stays free between calls. */
struct sink {
    char *pos, *end;
    size_t total; /* bytes that format() has produced */
    /* Takes text with which [pos, end) would be full. */
    void (*overflow)(struct sink *sink, const char *text, size_t len);
};

struct FILE {
    struct sink out;    /* first, so that its overflow finds the stream */
    char *buf;          /* [buf, out.pos) waits to be written out */
    char *fresh;        /* [buf, fresh) is known to hold no newline */
    int mode;           /* _IOFBF, _IOLBF or _IONBF */
    char *next, *limit; /* input read and not yet taken */
    bool eof, error;
};

/* Adds text to what the sink holds. */
static inline void emit(struct sink *sink, const char *text, size_t len)
{
    sink->total += len;
    if (len >= (size_t)(sink->end - sink->pos)) {
        sink->overflow(sink, text, len);
        return;
    }
    memcpy(sink->pos, text, len);
    sink->pos += len;
}

/* printf.c: vsnprintf to a sink. Returns the bytes produced; -1 and errno EINVAL (a
 * directive it does not serve) or EOVERFLOW, having written what comes before. */
int format(struct sink *sink, const char *fmt, va_list args);

/* tty.c: reads a line from a terminal as its user edits it, into line (size > 1).
 * Returns its length with the newline, which a line ended by ^D lacks; 0 at the end. */
size_t tty_read_line(char *line, size_t size);

/* stdlib.c: says message on the console, after what stdout holds, and aborts. */
_Noreturn void die(const char *message);

#endif
