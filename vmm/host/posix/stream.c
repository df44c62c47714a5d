/* SPDX-License-Identifier: MIT */
/*
 * Streams for the VMM's own output while the guest runs: stderr, traces, recordings. The signals
 * that kick a vCPU interrupt system calls. stdio takes that for an error, and would lose a line.
 */
#include "host.h"

#include "core/platform.h"

#include <errno.h>
#include <unistd.h>

#define GRACE_NS 2000000000 /* for a slow reader, after the process was asked to end */

/* Returns whether to give up a write: the process has to end, and GRACE_NS have passed since. */
static bool is_too_late(void)
{
    static uint64_t until;

    if (!host_must_end())
        return false;
    if (until == 0)
        until = host_now() + GRACE_NS;
    return host_now() >= until;
}

bool stream_write(int fd, const char *bytes, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t written = write(fd, bytes + done, size - done);

        if (written >= 0)
            done += (size_t)written;
        else if (errno != EINTR || is_too_late())
            return false;
    }
    return true;
}

/* musl's stderr cannot be replaced: there, a kick in a write to a reader that is slow may lose a
 * line. */
void host_stderr_init(void)
{
#if defined(__GLIBC__) || !defined(__linux__)
    FILE *stream = host_stream(STDERR_FILENO);

    if (stream)
        stderr = stream;
#endif
}

FILE *host_stream(int fd)
{
    FILE *stream = stream_open(fd);

    if (stream)
        setvbuf(stream, NULL, _IOLBF, BUFSIZ);
    return stream;
}
