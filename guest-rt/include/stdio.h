/* SPDX-License-Identifier: MIT */
#ifndef STDIO_H
#define STDIO_H

#include <stdarg.h>
#include <stddef.h>

#define EOF    (-1)
#define BUFSIZ 4096

#define _IOFBF 0 /* written out when the buffer is full */
#define _IOLBF 1 /* ... and up to the last newline at the end of each call */
#define _IONBF 2 /* written out at the end of each call */

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
int printf(const char *restrict fmt, ...) PRINTF_LIKE(1, 2);
int fprintf(FILE *restrict f, const char *restrict fmt, ...) PRINTF_LIKE(2, 3);
int sprintf(char *restrict buf, const char *restrict fmt, ...) PRINTF_LIKE(2, 3);
int snprintf(char *restrict buf, size_t size, const char *restrict fmt, ...) PRINTF_LIKE(3, 4);
int vprintf(const char *restrict fmt, va_list args) PRINTF_LIKE(1, 0);
int vfprintf(FILE *restrict f, const char *restrict fmt, va_list args) PRINTF_LIKE(2, 0);
int vsprintf(char *restrict buf, const char *restrict fmt, va_list args) PRINTF_LIKE(2, 0);
int vsnprintf(char *restrict buf, size_t size, const char *restrict fmt, va_list args)
    PRINTF_LIKE(3, 0);

#undef PRINTF_LIKE

#define SCANF_LIKE(fmt, args) __attribute__((format(scanf, fmt, args)))

/*
 * The scanf family has d i u o x X p c s [ n %, *, widths, and the lengths hh h l ll j z t; in a
 * guest with floating point also f F e E g G a A. At any other directive it stops, with errno
 * EINVAL. Of a number it reads at most 1023 characters.
 */
int scanf(const char *restrict fmt, ...) SCANF_LIKE(1, 2);
int fscanf(FILE *restrict f, const char *restrict fmt, ...) SCANF_LIKE(2, 3);
int sscanf(const char *restrict text, const char *restrict fmt, ...) SCANF_LIKE(2, 3);
int vscanf(const char *restrict fmt, va_list args) SCANF_LIKE(1, 0);
int vfscanf(FILE *restrict f, const char *restrict fmt, va_list args) SCANF_LIKE(2, 0);
int vsscanf(const char *restrict text, const char *restrict fmt, va_list args) SCANF_LIKE(2, 0);

#undef SCANF_LIKE

int putchar(int c);
int putc(int c, FILE *f);
int fputc(int c, FILE *f);
int puts(const char *s);
int fputs(const char *restrict s, FILE *restrict f);
size_t fwrite(const void *restrict data, size_t size, size_t count, FILE *restrict f);
int fflush(FILE *f);
int setvbuf(FILE *restrict f, char *restrict buf, int mode, size_t size);
void perror(const char *s);

int getchar(void);
int getc(FILE *f);
int fgetc(FILE *f);
int ungetc(int c, FILE *f);
char *fgets(char *restrict s, int size, FILE *restrict f);
size_t fread(void *restrict data, size_t size, size_t count, FILE *restrict f);

int feof(FILE *f);
int ferror(FILE *f);
void clearerr(FILE *f);

#endif
