/* SPDX-License-Identifier: MIT */
/*
 * For LIBC=picolibc: what picolibc asks of a system, and what the rest of the runtime asks of a C
 * library. malloc may be called by harts at once, streams may not.
 */
#include <stdio.h>
#include <stdlib.h>

#include <stdio-bufio.h>
#include <sys/lock.h>

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

void *sbrk(ptrdiff_t size)
{
    char *old = heap_start;

    if (size > heap_end - heap_start)
        return (void *)-1;
    heap_start += size;
    return old;
}

/* The lock of malloc, time zones, the environment. It is recursive. */
struct __lock {
    struct rt_lock lock;
};
struct __lock __lock___libc_recursive_mutex;

void __retarget_lock_acquire_recursive(_LOCK_T l)
{
    rt_lock(&l->lock);
}

void __retarget_lock_release_recursive(_LOCK_T l)
{
    rt_unlock(&l->lock, l->lock.depth == 1 && l->lock.nested.irq);
}

/* Those of streams. A read may wait for long, so it must not keep a lock, nor interrupts off. */
void __retarget_lock_init(_LOCK_T *l)
{
    (void)l;
}

void __retarget_lock_close(_LOCK_T l)
{
    (void)l;
}

void __retarget_lock_acquire(_LOCK_T l)
{
    (void)l;
}

void __retarget_lock_release(_LOCK_T l)
{
    (void)l;
}
