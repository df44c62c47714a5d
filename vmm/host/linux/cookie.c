/* SPDX-License-Identifier: MIT */
/* Streams with functions of one's own, as glibc and musl have them. */
#include "host/posix/host.h"

#include <unistd.h>

static ssize_t write_bytes(void *cookie, const char *bytes, size_t size)
{
    return stream_write((int)(intptr_t)cookie, bytes, size) ? (ssize_t)size : 0;
}

static int close_fd(void *cookie)
{
    return close((int)(intptr_t)cookie);
}

FILE *stream_open(int fd)
{
    const cookie_io_functions_t functions = {.write = write_bytes, .close = close_fd};

    return fopencookie((void *)(intptr_t)fd, "w", functions);
}
