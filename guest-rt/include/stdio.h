/* SPDX-License-Identifier: MIT */
#ifndef STDIO_H
#define STDIO_H

#include <stdarg.h>
#include <stddef.h>
#include <sys/cdefs.h>
#include <sys/types.h>

#define EOF    (-1)
#define BUFSIZ 4096

#define _IOFBF 0 /* written out when the buffer is full */
#define _IOLBF 1 /* ... and up to the last newline at the end of each call */
#define _IONBF 2 /* written out at the end of each call */

__BEGIN_DECLS

typedef struct FILE FILE;
extern FILE __stdin, __stdout, __stderr;
#define stdin  (&__stdin)
#define stdout (&__stdout)
#define stderr (&__stderr)

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/*
 * The printf family has d i u o x X c s p %, all flags, width, precision, and the lengths
 * hh h l ll j z t; in a guest with floating point also f F e E g G a A and the length L. Those
 * print the exact value, rounded to nearest. At any other directive (%n, wide characters, unknown
 * ones) it writes the rest of the format unchanged, and returns -1 with errno EINVAL.
 */
int printf(const char *__restrict fmt, ...) PRINTF_LIKE(1, 2);
int fprintf(FILE *__restrict f, const char *__restrict fmt, ...) PRINTF_LIKE(2, 3);
int sprintf(char *__restrict buf, const char *__restrict fmt, ...) PRINTF_LIKE(2, 3);
int snprintf(char *__restrict buf, size_t size, const char *__restrict fmt, ...) PRINTF_LIKE(3, 4);
int vprintf(const char *__restrict fmt, va_list args) PRINTF_LIKE(1, 0);
int vfprintf(FILE *__restrict f, const char *__restrict fmt, va_list args) PRINTF_LIKE(2, 0);
int vsprintf(char *__restrict buf, const char *__restrict fmt, va_list args) PRINTF_LIKE(2, 0);
int vsnprintf(char *__restrict buf, size_t size, const char *__restrict fmt, va_list args)
    PRINTF_LIKE(3, 0);

#undef PRINTF_LIKE

#define SCANF_LIKE(fmt, args) __attribute__((format(scanf, fmt, args)))

/*
 * The scanf family has d i u o x X p c s [ n %, *, widths, and the lengths hh h l ll j z t; in a
 * guest with floating point also f F e E g G a A. At any other directive it stops, with errno
 * EINVAL. Of a number it reads at most 1023 characters.
 */
int scanf(const char *__restrict fmt, ...) SCANF_LIKE(1, 2);
int fscanf(FILE *__restrict f, const char *__restrict fmt, ...) SCANF_LIKE(2, 3);
int sscanf(const char *__restrict text, const char *__restrict fmt, ...) SCANF_LIKE(2, 3);
int vscanf(const char *__restrict fmt, va_list args) SCANF_LIKE(1, 0);
int vfscanf(FILE *__restrict f, const char *__restrict fmt, va_list args) SCANF_LIKE(2, 0);
int vsscanf(const char *__restrict text, const char *__restrict fmt, va_list args) SCANF_LIKE(2, 0);

#undef SCANF_LIKE

int putchar(int c);
int putc(int c, FILE *f);
int fputc(int c, FILE *f);
int puts(const char *s);
int fputs(const char *__restrict s, FILE *__restrict f);
size_t fwrite(const void *__restrict data, size_t size, size_t count, FILE *__restrict f);
int fflush(FILE *f);
int setvbuf(FILE *__restrict f, char *__restrict buf, int mode, size_t size);
void perror(const char *s);

int getchar(void);
int getc(FILE *f);
int fgetc(FILE *f);
int ungetc(int c, FILE *f);
char *fgets(char *__restrict s, int size, FILE *__restrict f);
size_t fread(void *__restrict data, size_t size, size_t count, FILE *__restrict f);

/* Reads a line of any length into *line, a block of malloc with *size bytes, which it moves; it may
 * be NULL. Returns the length with the newline; -1 at the end of input, or without memory. */
ssize_t getline(char **__restrict line, size_t *__restrict size, FILE *__restrict f);

int feof(FILE *f);
int ferror(FILE *f);
void clearerr(FILE *f);
void rewind(FILE *f); /* as clearerr: there is no way back in a stream */

__END_DECLS

#endif
