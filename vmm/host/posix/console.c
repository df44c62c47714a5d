/* SPDX-License-Identifier: MIT */
/*
 * The guest's console on stdin and stdout. A terminal becomes raw at the guest's first read. Before
 * that, its keys have their usual meaning: ^C ends the process.
 */
#include "host.h"

#include "core/platform.h"
#include "sbi.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define INTERRUPT_KEY ('C' & 0x1f)
#define ESCAPE_KEY    ('A' & 0x1f) /* ^A x ends the guest, as in QEMU */

static struct {
    bool open;     /* the guest has asked for input before */
    bool terminal; /* stdin is a terminal, and was made raw */
    bool ended;    /* at the end of the file */
    bool escape;   /* the last key was ESCAPE_KEY */
    struct termios saved, raw;
    off_t start;           /* where the guest's input begins in a file; -1: it is no file */
    int saved_flags;       /* fcntl F_GETFL */
    size_t first;          /* of the ring: bytes that were read before the guest asked */
    volatile size_t count; /* of the ring; a thread that waits looks at it without the lock */
    uint8_t ring[65536];
} input;

void host_input_restore(void)
{
    if (!input.terminal)
        return;
    fcntl(STDIN_FILENO, F_SETFL, input.saved_flags);
    tcsetattr(STDIN_FILENO, TCSANOW, &input.saved);
}

void host_input_resume(void)
{
    if (!input.terminal)
        return;
    tcsetattr(STDIN_FILENO, TCSANOW, &input.raw);
    fcntl(STDIN_FILENO, F_SETFL, input.saved_flags | O_ASYNC);
}

/* Prepares stdin, when the guest first asks for input. Makes a terminal raw. */
static void open_input(void)
{
    input.open = true;
    input.start = lseek(STDIN_FILENO, 0, SEEK_CUR);
    if (tcgetattr(STDIN_FILENO, &input.saved) < 0 || tcgetpgrp(STDIN_FILENO) != getpgrp() ||
        !isatty(STDOUT_FILENO))
        return; /* not a terminal, or another job's, or the output is not on it: keep its echo */
    input.raw = input.saved;
    input.raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    input.raw.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IXON | ISTRIP);
    input.raw.c_cc[VMIN] = 1;
    input.raw.c_cc[VTIME] = 0;
    input.saved_flags = fcntl(STDIN_FILENO, F_GETFL);
    /* SIGIO kicks the vCPU, so that ^A x works on a guest that does not read. */
    fcntl(STDIN_FILENO, F_SETOWN, getpid());
    input.terminal = true;
    host_input_resume();
}

void host_input_restart(void)
{
    if (input.open && !input.terminal && lseek(STDIN_FILENO, input.start, SEEK_SET) >= 0)
        input.ended = false;
}

void host_input_close(void)
{
    host_input_restore();
    input.terminal = false;
}

static void push(uint8_t byte)
{
    if (input.count < sizeof(input.ring))
        input.ring[(input.first + input.count++) % sizeof(input.ring)] = byte;
}

static bool has_in_ring(uint8_t byte)
{
    for (size_t i = 0; i < input.count; i++)
        if (input.ring[(input.first + i) % sizeof(input.ring)] == byte)
            return true;
    return false;
}

static void push_key(uint8_t key)
{
    if (!input.escape && key == ESCAPE_KEY) {
        input.escape = true;
        return;
    }
    if (input.escape && key == 'x') {
        host_stop(SIGINT);
        return;
    }
    if (input.escape && key != ESCAPE_KEY)
        push(ESCAPE_KEY); /* ^A was for the guest */
    input.escape = false;
    if (key == INTERRUPT_KEY && has_in_ring(key))
        host_stop(SIGINT); /* a second ^C, while the guest has not read the first */
    push(key);
}

static bool readable(void)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};

    return poll(&fd, 1, 0) > 0;
}

/* Reads once. Returns 0 after a signal, and at the end, which it notes. */
static size_t read_some(void *buffer, size_t size)
{
    ssize_t got = read(STDIN_FILENO, buffer, size);

    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
        input.ended = true;
    return got > 0 ? (size_t)got : 0;
}

/* Moves typed keys into the ring, and handles the VMM's own. If the ring is full, the rest stays in
 * the terminal. */
static void read_keys(void)
{
    const size_t before = input.count;
    uint8_t keys[256];

    while (!input.ended && input.count + sizeof(keys) <= sizeof(input.ring) && readable()) {
        size_t got = read_some(keys, sizeof(keys));

        for (size_t i = 0; i < got; i++)
            push_key(keys[i]);
        if (got < sizeof(keys))
            break;
    }
    if (input.count > before)
        host_wake_readers();
}

void host_input_poll(void)
{
    if (input.terminal)
        read_keys();
}

bool host_input_has_keys(void)
{
    return input.count > 0;
}

static size_t take_from_ring(uint8_t *buffer, size_t size)
{
    size_t taken = 0;

    while (taken < size && input.count > 0) {
        buffer[taken++] = input.ring[input.first];
        input.first = (input.first + 1) % sizeof(input.ring);
        input.count--;
    }
    return taken;
}

size_t host_input_read(void *buffer, size_t size)
{
    if (!input.open)
        open_input();
    host_input_poll();
    if (input.count > 0 || size == 0)
        return take_from_ring(buffer, size);
    if (input.terminal || input.ended || !readable())
        return 0;
    return read_some(buffer, size);
}

/*
 * Returns whether there is a byte to read. Consumes none of a file or pipe: the guest may never
 * read it, and then the next process that reads the pipe gets it.
 */
static bool has_input(void)
{
    struct stat stat;
    uint8_t byte;
    int available;

    host_input_poll();
    if (input.count > 0)
        return true;
    if (input.terminal || input.ended || !readable())
        return false;
    if (fstat(STDIN_FILENO, &stat) == 0 && S_ISREG(stat.st_mode)) {
        input.ended = lseek(STDIN_FILENO, 0, SEEK_CUR) >= stat.st_size;
        return !input.ended;
    }
    if (ioctl(STDIN_FILENO, FIONREAD, &available) == 0) {
        input.ended = available == 0;
        return available != 0;
    }
    if (read_some(&byte, 1) == 1) /* a device, such as /dev/zero: only a read tells */
        push(byte);
    return input.count > 0;
}

unsigned host_input_state(void)
{
    unsigned terminal;

    if (!input.open)
        open_input();
    terminal = input.terminal ? LAB_EVENT_TTY : 0;
    if (has_input())
        return terminal | LAB_EVENT_INPUT;
    return terminal | (input.ended ? LAB_EVENT_EOF : 0);
}

ptrdiff_t host_output_write(const void *buffer, size_t size)
{
    struct pollfd fd = {.fd = STDOUT_FILENO, .events = POLLOUT};
    ssize_t written = write(STDOUT_FILENO, buffer, size);

    if (written >= 0)
        return written;
    if (errno == EAGAIN) { /* another process has made stdout non-blocking */
        poll(&fd, 1, -1);
        return -EINTR;
    }
    if (errno == EPIPE)
        host_stop(SIGPIPE); /* the reader has gone: end as other tools in a pipeline do */
    return -errno;
}

bool host_output_in_colour(void)
{
    const char *no = getenv("NO_COLOR"); /* no-color.org: set and not empty */

    return isatty(STDOUT_FILENO) && !(no && *no);
}

bool host_errors_on_terminal(void)
{
    return isatty(STDERR_FILENO);
}
