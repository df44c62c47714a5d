/*
 * Streams for what the VMM itself writes while the guest runs, stderr among them. The signals
 * that kick the vCPU interrupt system calls; stdio would take that for an error and lose a line.
 */
#include "host.h"

#include "core/platform.h"

#include <errno.h>
#include <unistd.h>

#define GRACE_NS 2000000000

/* Whether nobody reads, and the process has to end: some time after that, once for all. */
static bool is_in_vain(void)
{
    static uint64_t until;

    if (!host_must_end())
        return false;
    if (until == 0)
        until = host_now() + GRACE_NS;
    return host_now() >= until;
}

static ssize_t write_all(void *cookie, const char *bytes, size_t size)
{
    int fd = (int)(intptr_t)cookie;
    size_t done = 0;

    while (done < size) {
        ssize_t written = write(fd, bytes + done, size - done);

        if (written >= 0)
            done += (size_t)written;
        else if (errno != EINTR || is_in_vain())
            return 0;
    }
    return (ssize_t)size;
}

static int close_fd(void *cookie)
{
    return close((int)(intptr_t)cookie);
}

void host_stderr_init(void)
{
    FILE *stream = host_stream(STDERR_FILENO);

    if (stream)
        stderr = stream;
}

FILE *host_stream(int fd)
{
    const cookie_io_functions_t functions = {.write = write_all, .close = close_fd};
    FILE *stream = fopencookie((void *)(intptr_t)fd, "w", functions);

    if (stream)
        setvbuf(stream, NULL, _IOLBF, BUFSIZ);
    return stream;
}
