/*
 * Streams for what the VMM itself writes while the guest runs. The signals that kick the
 * vCPU interrupt system calls; stdio would take that for an error and lose a line.
 */
#include "host.h"

#include "../platform.h"

#include <errno.h>
#include <unistd.h>

static ssize_t write_all(void *cookie, const char *bytes, size_t size)
{
    int fd = (int)(intptr_t)cookie;
    size_t done = 0;

    while (done < size) {
        ssize_t written = write(fd, bytes + done, size - done);

        if (written >= 0)
            done += (size_t)written;
        else if (errno != EINTR || host_must_end()) /* nobody reads, and the time is up */
            return 0;
    }
    return (ssize_t)size;
}

static int close_fd(void *cookie)
{
    return close((int)(intptr_t)cookie);
}

FILE *host_stream(int fd)
{
    const cookie_io_functions_t functions = {.write = write_all, .close = close_fd};
    FILE *stream = fopencookie((void *)(intptr_t)fd, "w", functions);

    if (stream)
        setvbuf(stream, NULL, _IOLBF, BUFSIZ);
    return stream;
}
