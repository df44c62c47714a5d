/* SPDX-License-Identifier: MIT */
/*
 * For LIBC=picolibc: what picolibc asks of a system, and what the rest of the runtime asks of a C
 * library. picolibc has no locks here, so one hart at a time may call it.
 */
#include <stdio.h>
#include <stdlib.h>

#include <stdio-bufio.h>

#include "../rt.h"

static ssize_t write_console(int fd, const void *data, size_t size)
{
    (void)fd;
    return (ssize_t)console_write(data, size);
}

static ssize_t read_console(int fd, void *data, size_t size)
{
    (void)fd;
    fflush(stdout);
    return (ssize_t)console_read(data, size);
}

static char in_buffer[BUFSIZ], out_buffer[BUFSIZ], err_buffer[BUFSIZ];
static struct __file_bufio in =
    FDEV_SETUP_BUFIO(0, in_buffer, BUFSIZ, read_console, NULL, NULL, NULL, __SRD, 0);
static struct __file_bufio out =
    FDEV_SETUP_BUFIO(1, out_buffer, BUFSIZ, NULL, write_console, NULL, NULL, __SWR, __BLBF);
static struct __file_bufio err =
    FDEV_SETUP_BUFIO(2, err_buffer, BUFSIZ, NULL, write_console, NULL, NULL, __SWR, __BLBF);
FILE *const stdin = (FILE *)&in;
FILE *const stdout = (FILE *)&out;
FILE *const stderr = (FILE *)&err;

void stdio_flush(void)
{
    fflush(stdout);
    fflush(stderr);
}

/* picolibc's exit calls these two, after the atexit handlers. */
void __libc_fini_array(void);
_Noreturn void _exit(int status);

void __libc_fini_array(void)
{
    run_destructors();
}

_Noreturn void _exit(int status)
{
    stdio_flush();
    vm_exit(status & 255);
}

void *sbrk(ptrdiff_t size)
{
    char *old = heap_start;

    if (size > heap_end - heap_start)
        return (void *)-1;
    heap_start += size;
    return old;
}

/* Destructors of C++, which has no picolibc here: nothing registers one. */
_Thread_local struct at_exit *at_hart_exit;

void run_at_exit(struct at_exit **list)
{
    (void)list;
}
