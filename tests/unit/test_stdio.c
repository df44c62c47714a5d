/* SPDX-License-Identifier: MIT */
/*
 * Streams: the console's output and its number of exits, and the handling of input.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "mock.h"

typedef struct FILE rt_FILE;
extern rt_FILE rt___stdin, rt___stdout, rt___stderr;
#define rt_stdin  (&rt___stdin)
#define rt_stdout (&rt___stdout)
#define rt_stderr (&rt___stderr)

int rt_printf(const char *fmt, ...);
int rt_fprintf(rt_FILE *f, const char *fmt, ...);
int rt_puts(const char *s);
int rt_fputs(const char *s, rt_FILE *f);
int rt_putchar(int c);
int rt_fputc(int c, rt_FILE *f);
size_t rt_fwrite(const void *data, size_t size, size_t count, rt_FILE *f);
int rt_fflush(rt_FILE *f);
int rt_setvbuf(rt_FILE *f, char *buf, int mode, size_t size);
void rt_perror(const char *s);
int rt_getchar(void);
int rt_fgetc(rt_FILE *f);
int rt_ungetc(int c, rt_FILE *f);
char *rt_fgets(char *s, int size, rt_FILE *f);
size_t rt_fread(void *data, size_t size, size_t count, rt_FILE *f);
int rt_feof(rt_FILE *f);
int rt_ferror(rt_FILE *f);
void rt_clearerr(rt_FILE *f);
void rt_rewind(rt_FILE *f);
ssize_t rt_getline(char **line, size_t *size, rt_FILE *f);
void rt_free(void *p);

#define INPUT(...) mock_console((const char *const[]){__VA_ARGS__, NULL})

static char big[20000];

static int set_up(void **state)
{
    (void)state;
    assert_true(mock_irq); /* each call has left interrupts as they were */
    memset(big, 'x', sizeof big - 1);
    mock_broken = mock_terminal = false;
    rt_setvbuf(rt_stdout, NULL, _IOLBF, 0);
    rt_clearerr(rt_stdout);
    rt_clearerr(rt_stdin);
    mock_console(NULL);
    return 0;
}

static void test_one_exit_a_call(void **state)
{
    (void)state;
    assert_int_equal(rt_printf("Hello %s %d\n", "world", 42), 15);
    assert_console("Hello world 42\n", 1);
    assert_int_equal(rt_printf("a\nb\n%s\n", "c"), 6);
    assert_console("a\nb\nc\n", 1);
    assert_true(rt_puts("line") >= 0);
    assert_console("line\n", 1);
    assert_true(rt_fputs("x\ny", rt_stdout) >= 0); /* up to the last newline */
    assert_console("x\n", 1);
    rt_printf("%s", "z");
    rt_putchar('!');
    assert_console("", 0);
    rt_putchar('\n');
    assert_console("yz!\n", 1);
    rt_fwrite("q\n", 1, 2, rt_stdout);
    assert_console("q\n", 1);
    rt_printf("no newline");
    assert_console("", 0);
    rt_fflush(NULL);
    assert_console("no newline", 1);
    rt_fflush(rt_stdout);
    assert_console("", 0);
    assert_int_equal(rt_printf("text %n", (int *)0), -1);
    rt_fflush(rt_stdout);
    assert_console("text %n", 1);
}

static void test_blocks(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(rt_fwrite(big, 1, 1000, rt_stdout), 1000);
    assert_int_equal(mock_writes, 0);
    rt_fwrite(big, 100, 10, rt_stdout);
    assert_int_equal(mock_writes, 1); /* writes the full buffer */
    assert_int_equal(mock_output_len, 4096);
    rt_fwrite(big, 1, 4096, rt_stdout); /* directly, after the buffer */
    assert_int_equal(mock_writes, 3);
    assert_int_equal(mock_output_len, 9096);
    assert_ptr_equal(mock_last_write, big);
    rt_fputs(big, rt_stdout);
    assert_int_equal(mock_writes, 4);
    assert_ptr_equal(mock_last_write, big);
    rt_printf("<%s>", big);
    rt_fflush(rt_stdout);
    assert_int_equal(mock_writes, 7);
    assert_int_equal(mock_output_len, 9096 + 2 * 19999 + 2);
    assert_int_equal(rt_fwrite(big, 0, 7, rt_stdout), 0);

    mock_console(NULL);
    for (int i = 0; i < 4095; i++)
        rt_putchar('a' + i % 26);
    assert_int_equal(mock_writes, 0);
    rt_putchar('!');
    assert_int_equal(mock_writes, 1);
    for (int i = 0; i < 4095; i++)
        assert_int_equal(mock_output[i], 'a' + i % 26);
    assert_int_equal(mock_output[4095], '!');
}

/* Random pieces, in every mode, must come out whole and in order. */
static void test_order(void **state)
{
    static char want[sizeof mock_output];

    (void)state;
    for (int run = 0; run < 300; run++) {
        size_t len = 0;

        mock_console(NULL);
        rt_setvbuf(rt_stdout, NULL, (int)random_below(3), 0);
        while (len < 40000) {
            char piece[6001];
            unsigned size = random_below(random_below(10) ? 50 : 6000);
            rt_FILE *f = random_below(20) ? rt_stdout : rt_stderr;

            for (unsigned i = 0; i < size; i++)
                piece[i] = random_below(20) ? (char)('a' + i % 26) : '\n';
            piece[size] = '\0';
            switch (random_below(4)) {
            case 0:
                rt_fprintf(f, "%s%*s", piece, (int)(size + 1) % 99, "");
                len += (size_t)sprintf(want + len, "%s%*s", piece, (int)(size + 1) % 99, "");
                continue;
            case 1:
                rt_fputs(piece, f);
                break;
            case 2:
                rt_fwrite(piece, size, 1, f);
                break;
            case 3:
                for (unsigned i = 0; i < size; i++)
                    rt_fputc(piece[i], f);
            }
            memcpy(want + len, piece, size);
            len += size;
        }
        rt_fflush(rt_stdout);
        assert_int_equal(mock_output_len, len);
        assert_memory_equal(mock_output, want, len);
    }
}

static void test_stderr_and_modes(void **state)
{
    (void)state;
    rt_printf("out");
    assert_int_equal(rt_fprintf(rt_stderr, "err %d %s", 1, "x"), 7);
    assert_console("outerr 1 x", 2);
    rt_fprintf(rt_stderr, "%s %s %s\n", "a", "b", "c");
    assert_console("a b c\n", 1);
    rt_errno = ENOENT;
    rt_perror("file");
    assert_console("file: No such file or directory\n", 1);
    rt_perror(NULL);
    assert_console("No such file or directory\n", 1);

    assert_int_equal(rt_setvbuf(rt_stdout, NULL, _IONBF, 0), 0);
    rt_printf("a%sc", "b");
    assert_console("abc", 1);
    rt_setvbuf(rt_stdout, NULL, 0, 0); /* full */
    rt_puts("a");
    rt_puts("b");
    assert_console("", 0);
    rt_fflush(rt_stdout);
    assert_console("a\nb\n", 1);
    assert_int_equal(rt_setvbuf(rt_stdout, NULL, 3, 0), -1);
    assert_int_equal(rt_setvbuf(rt_stderr, NULL, 0, 0), -1);
}

static void test_output_error(void **state)
{
    (void)state;
    mock_broken = true;
    rt_errno = 0;
    assert_int_equal(rt_printf("lost\n"), -1);
    assert_int_equal(rt_errno, EIO);
    assert_true(rt_ferror(rt_stdout));
    assert_int_equal(rt_puts("lost"), EOF);
    assert_int_equal(rt_putchar('\n'), EOF);
    assert_int_equal(rt_fwrite(big, 1, 5000, rt_stdout), 0);
    mock_broken = false;
    rt_clearerr(rt_stdout);
    mock_console(NULL);
    assert_int_equal(rt_printf("ok\n"), 3);
    assert_console("ok\n", 1);

    rt_errno = 0;
    assert_int_equal(rt_fputc('x', rt_stdin), EOF);
    assert_int_equal(rt_errno, EBADF);
    rt_clearerr(rt_stdin);
    assert_int_equal(rt_fgetc(rt_stdout), EOF);
    assert_true(rt_ferror(rt_stdout));
}

static void test_getline(void **state)
{
    char *line = NULL;
    size_t size = 77; /* means nothing beside NULL */

    (void)state;
    rt_rewind(rt_stdin);
    big[1000] = '\0';
    INPUT("one\n\ntwo", " more\n", big, big, big, "\nlast");
    assert_int_equal(rt_getline(&line, &size, rt_stdin), 4);
    assert_string_equal(line, "one\n");
    assert_int_equal(rt_getline(&line, &size, rt_stdin), 1);
    assert_string_equal(line, "\n");
    assert_int_equal(rt_getline(&line, &size, rt_stdin), 9);
    assert_string_equal(line, "two more\n");
    assert_int_equal(rt_getline(&line, &size, rt_stdin), 3001);
    assert_true(size > 3001 && strlen(line) == 3001 && line[0] == 'x' && line[2999] == 'x');
    assert_int_equal(rt_getline(&line, &size, rt_stdin), 4);
    assert_string_equal(line, "last");
    assert_int_equal(rt_getline(&line, &size, rt_stdin), -1);
    assert_true(rt_feof(rt_stdin));
    rt_rewind(rt_stdin);
    assert_false(rt_feof(rt_stdin));
    rt_free(line);
}

static void test_input(void **state)
{
    char s[20];

    (void)state;
    INPUT("one\ntw", "o\nthree", "\n\n", "last");
    rt_printf("prompt> ");
    assert_ptr_equal(rt_fgets(s, sizeof s, rt_stdin), s);
    assert_string_equal(s, "one\n");
    assert_console("prompt> ", 1);
    assert_int_equal(mock_reads, 1);
    rt_fgets(s, sizeof s, rt_stdin);
    assert_string_equal(s, "two\n");
    rt_fgets(s, 4, rt_stdin);
    assert_string_equal(s, "thr");
    assert_string_equal(rt_fgets(s, 1, rt_stdin), "");
    assert_null(rt_fgets(s, 0, rt_stdin));
    rt_fgets(s, 4, rt_stdin);
    assert_string_equal(s, "ee\n");
    rt_fgets(s, sizeof s, rt_stdin);
    assert_string_equal(s, "\n");
    assert_int_equal(rt_getchar(), 'l');
    rt_fgets(s, sizeof s, rt_stdin);
    assert_string_equal(s, "ast");
    assert_true(rt_feof(rt_stdin));
    strcpy(s, "kept");
    assert_null(rt_fgets(s, sizeof s, rt_stdin));
    assert_string_equal(s, "kept");
    assert_console("", 0); /* nothing is echoed */

    /* The end stays, even if there would be more, until clearerr. */
    INPUT("more\xFF");
    assert_int_equal(rt_getchar(), EOF);
    assert_int_equal(mock_reads, 0);
    rt_clearerr(rt_stdin);
    assert_int_equal(rt_getchar(), 'm');
    assert_int_equal(rt_fread(s, 2, 5, rt_stdin), 2);
    assert_memory_equal(s, "ore\xFF", 4);
    rt_clearerr(rt_stdin);
    INPUT("\xFF");
    assert_int_equal(rt_getchar(), 0xFF);
    assert_int_equal(rt_getchar(), EOF);
}

static void test_ungetc(void **state)
{
    (void)state;
    INPUT("ab");
    assert_int_equal(rt_ungetc(EOF, rt_stdin), EOF);
    assert_int_equal(rt_ungetc('x', rt_stdin), 'x');
    assert_int_equal(rt_getchar(), 'x');
    assert_int_equal(rt_getchar(), 'a');
    assert_int_equal(rt_getchar(), 'b');
    assert_int_equal(rt_getchar(), EOF);
    assert_int_equal(rt_ungetc(0xE9, rt_stdin), 0xE9);
    assert_false(rt_feof(rt_stdin));
    assert_int_equal(rt_getchar(), 0xE9);
    INPUT("c");
    rt_clearerr(rt_stdin);
    assert_int_equal(rt_getchar(), 'c');
    rt_ungetc('d', rt_stdin);
    assert_int_equal(rt_ungetc('e', rt_stdin), 'e');
    assert_int_equal(rt_ungetc('f', rt_stdin), EOF); /* no room is left */
    assert_int_equal(rt_getchar(), 'e');
    assert_int_equal(rt_getchar(), 'd');
}

/* Checks what a program reads, and what the screen shows, for typed keys. */
static void check_typed(const char *typed, const char *line, const char *echo)
{
    char s[1200] = "";

    INPUT(typed);
    rt_clearerr(rt_stdin);
    if (rt_fgets(s, sizeof s, rt_stdin))
        assert_string_equal(s, line);
    else
        assert_null(line);
    rt_fflush(rt_stdout);
    mock_output[mock_output_len] = '\0';
    assert_string_equal(mock_output, echo);
}

static void test_terminal(void **state)
{
    (void)state;
    mock_terminal = true;
    check_typed("hello\r", "hello\n", "hello\n");
    check_typed("hello\n", "hello\n", "hello\n");
    check_typed("ab\x7F"
                "c\b\b\b\bd\r",
                "d\n", "ab\b \bc\b \b\b \bd\n");
    check_typed("one two  \x17"
                "2\r",
                "one 2\n", "one two  \b \b\b \b\b \b\b \b\b \b2\n");
    check_typed("\x17\x15\x7F\r", "\n", "\n");
    check_typed("abc\x15xy\r", "xy\n", "abc\b \b\b \b\b \bxy\n");
    check_typed("a\x01\x1B\x1F"
                "b\tc\r",
                "ab\tc\n", "ab c\n");
    check_typed("\xC3\xA9\x7Fz\r", "z\n", "\xC3\xA9\b \bz\n");
    check_typed("\x04", NULL, "");
    check_typed("", NULL, "");
    check_typed("ab\x04\x04", "ab",
                "ab"); /* ^D passes on the bytes so far; the second ^D is the end */
    check_typed("ab", "ab", "ab");
}

static void test_terminal_lines(void **state)
{
    char s[1200], long_line[2][900];

    (void)state;
    mock_terminal = true;
    INPUT("on", "e\rtwo\rthr", "ee\r", "\x04");
    rt_printf("> ");
    rt_fgets(s, sizeof s, rt_stdin);
    assert_string_equal(s, "one\n");
    assert_console("> one\n", 3); /* the prompt, then an exit for each read's echo */
    assert_int_equal(mock_reads, 2);
    rt_fgets(s, sizeof s, rt_stdin);
    assert_string_equal(s, "two\n");
    rt_fgets(s, sizeof s, rt_stdin);
    assert_string_equal(s, "three\n");
    assert_int_equal(rt_getchar(), EOF);
    assert_int_equal(rt_getchar(), EOF);
    assert_int_equal(mock_reads, 4); /* the end stays */
    assert_console("two\nthree\n", 3);

    INPUT("x\x03y");
    rt_clearerr(rt_stdin);
    assert_int_equal(EXIT_STATUS((void)rt_getchar()), 130);
    assert_console("x^C\n", 1);

    /* Keys that do not fit are dropped, and the line still ends. */
    const char *chunks[40] = {NULL};
    memset(long_line[0], 'w', 60);
    long_line[0][60] = '\0';
    for (int i = 0; i < 30; i++)
        chunks[i] = long_line[0];
    chunks[30] = "\r";
    mock_console(chunks);
    rt_clearerr(rt_stdin);
    /* The 'y' after ^C is still there. */
    rt_fgets(s, sizeof s, rt_stdin);
    assert_int_equal(strlen(s), 1024);
    assert_int_equal(s[0], 'y');
    assert_int_equal(s[1023], '\n');
    assert_int_equal(mock_output_len, 1024);
}

#define TEST(function) cmocka_unit_test_setup(function, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_exit_a_call),  TEST(test_blocks),       TEST(test_order),
        TEST(test_stderr_and_modes), TEST(test_output_error), TEST(test_input),
        TEST(test_getline),          TEST(test_ungetc),       TEST(test_terminal),
        TEST(test_terminal_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
