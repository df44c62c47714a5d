/* SPDX-License-Identifier: MIT */
/* Streams with functions of one's own, as the BSDs and macOS have them; on Linux, libbsd. */
#include "host.h"

#include <unistd.h>

static int write_bytes(void *cookie, const char *bytes, int size)
{
    return stream_write((int)(intptr_t)cookie, bytes, (size_t)size) ? size : -1;
}

static int close_fd(void *cookie)
{
    return close((int)(intptr_t)cookie);
}

FILE *stream_open(int fd)
{
    return funopen((void *)(intptr_t)fd, NULL, write_bytes, NULL, close_fd);
}
