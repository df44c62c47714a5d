/* SPDX-License-Identifier: MIT */
/*
 * A calculator with whole numbers, by recursive descent:
 *
 *   sum      product { (+|-) product }
 *   product  factor { (*|/) factor }
 *   factor   number | - factor | ( sum )
 */
#include "../user/labos.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *next;     /* the rest of the text */
static const char *error;    /* the first error, or NULL */
static const char *error_at; /* the rest of the text at that error */

static long sum(void);

static long fail(const char *what)
{
    if (!error) {
        error = what;
        error_at = next + strspn(next, " ");
    }
    return 0;
}

/* Takes a character if it is the next one. Returns whether it was. */
static int take(char c)
{
    while (*next == ' ')
        next++;
    if (*next != c)
        return 0;
    next++;
    return 1;
}

static long negative(long value)
{
    return value == LONG_MIN ? fail("the result is too large") : -value;
}

static long factor(void)
{
    char *end;
    long value;

    if (take('-'))
        return negative(factor());
    if (take('(')) {
        value = sum();
        return take(')') ? value : fail("a ) is missing");
    }
    if (!isdigit((unsigned char)*next))
        return fail(*next ? "this is no number" : "there should be a number");
    errno = 0;
    value = strtol(next, &end, 10);
    next = end;
    return errno ? fail("the number is too large") : value;
}

static long divide(long value, long by)
{
    if (by == 0)
        return fail("division by zero");
    return by == -1 ? negative(value) : value / by;
}

static long product(void)
{
    long value = factor();

    for (;;) {
        if (take('*')) {
            if (__builtin_mul_overflow(value, factor(), &value))
                return fail("the result is too large");
        } else if (take('/')) {
            value = divide(value, factor());
        } else {
            return value;
        }
    }
}

static long sum(void)
{
    long value = product();

    for (;;) {
        int overflow;

        if (take('+'))
            overflow = __builtin_add_overflow(value, product(), &value);
        else if (take('-'))
            overflow = __builtin_sub_overflow(value, product(), &value);
        else
            return value;
        if (overflow)
            return fail("the result is too large");
    }
}

static int calculate(const char *expression)
{
    long value;

    next = expression;
    error = NULL;
    value = sum();
    if (*next)
        fail("this is not understood");
    if (error)
        printf(*error_at ? "calc: %s, before `%s`\n" : "calc: %s\n", error, error_at);
    else
        printf("%ld\n", value);
    return error ? 1 : 0;
}

int main(int argc, char **argv)
{
    char line[COMMAND_MAX] = ""; /* long enough for all arguments: the command was not longer */

    if (argc == 1) {
        while (read_line("calc> ", line, NULL) >= 0)
            if (line[0])
                calculate(line);
        return 0;
    }
    for (int i = 1; i < argc; i++) {
        strcat(line, argv[i]);
        strcat(line, " ");
    }
    return calculate(line);
}
