/* SPDX-License-Identifier: MIT */
/* A pointer to freed memory overwrites a pointer of another owner, 1800 exits before that one is
 * used. */
#include <stdio.h>
#include <stdlib.h>

/* ---- Notes: they keep the address of freed memory ---- */

struct note {
    long opened, stamp;
};

static struct note *current;

static void note_open(void)
{
    current = malloc(sizeof *current);
    current->opened = 1;
}

__attribute__((noinline)) static void note_stamp(long time)
{
    if (current)
        current->stamp = time;
}

static void note_close(void)
{
    free(current); /* the fault: current keeps the address */
}

/* ---- The report: malloc gives it the same memory ---- */

struct report {
    long lines;
    const char *title;
};

static struct report *report;

static void report_start(void)
{
    report = malloc(sizeof *report);
    report->lines = 0;
    report->title = "Squares";
}

static void report_line(long value)
{
    printf("%ld\n", value);
    report->lines++;
}

__attribute__((noinline)) static int report_end(void)
{
    printf("%s: %ld lines\n", report->title, report->lines);
    return 0;
}

int main(void)
{
    note_open();
    note_stamp(1);
    note_close();
    report_start();
    for (long i = 0; i < 3000; i++) {
        if (i == 1234)
            note_stamp(i << 40);
        report_line(i * i);
    }
    return report_end();
}
