/* SPDX-License-Identifier: MIT */
/*
 * Shared by the C library's own files.
 */
#ifndef GUEST_LIBC_H
#define GUEST_LIBC_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <has_float.h> /* of guest-rt/ARCH, or of tests/unit */

/* A destination of formatted text. Between calls at least one byte of [pos, end) is free. */
struct sink {
    char *pos, *end;
    size_t total; /* bytes that format() has produced */
    /* Takes text that would fill [pos, end). */
    void (*overflow)(struct sink *sink, const char *text, size_t len);
};

struct FILE {
    struct sink out;    /* first, so that its overflow finds the stream */
    char *buf;          /* [buf, out.pos) is to be written out */
    char *fresh;        /* [buf, fresh) has no newline */
    int mode;           /* _IOFBF, _IOLBF or _IONBF */
    char *next, *limit; /* [next, limit): input that was read, but not taken yet */
    bool eof, error;
};

/* Adds text to a sink. */
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

/* printf.c: as vsnprintf, to a sink. Returns the number of bytes; or -1, after writing the text
 * before the error, with errno EINVAL (an unknown directive) or EOVERFLOW. */
int format(struct sink *sink, const char *fmt, va_list args);

/* tty.c: reads a line from a terminal as its user edits it, into line (size > 1).
 * Returns its length with the newline (after ^D there is none); 0 at the end of input. */
size_t tty_read_line(char *line, size_t size);

/* stdlib.c: flushes stdout, prints message on the console, and aborts. */
_Noreturn void die(const char *message);

#endif
