/* SPDX-License-Identifier: MIT */
/* The connections of platform.h, for gdb. */
#include "core/platform.h"
#include "core/status.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool is_path(const char *where)
{
    return strchr(where, '/') != NULL;
}

/* Makes a descriptor non-blocking. Data that arrives kicks this process (SIGIO). */
static void make_asynchronous(int fd)
{
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETOWN, getpid());
    fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC);
}

static int failed(const char *where, int fd)
{
    fail(STATUS_USAGE, "--gdb: %s: %s", where, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Removes a socket that an earlier process has left. Leaves any other file. */
static void remove_socket(const char *path)
{
    struct stat file;

    if (lstat(path, &file) == 0 && S_ISSOCK(file.st_mode))
        unlink(path);
}

static int listen_on_path(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const mode_t mask = umask(077); /* of the socket: a client can read and write the guest */
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), probe = socket(AF_UNIX, SOCK_STREAM, 0);
    bool bound;

    if (strlen(path) >= sizeof(address.sun_path)) {
        umask(mask);
        errno = ENAMETOOLONG;
        close(probe);
        return failed(path, fd);
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (connect(probe, (struct sockaddr *)&address, sizeof(address)) < 0 && errno == ECONNREFUSED)
        remove_socket(path);
    close(probe);
    bound = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    umask(mask);
    return bound && listen(fd, 4) == 0 ? fd : failed(path, fd);
}

static int listen_on_port(const char *where, char *text, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof(address);
    int fd, yes = 1;
    char *rest;
    unsigned long port = strtoul(where, &rest, 10);

    if (*rest || rest == where || port > UINT16_MAX) {
        fail(STATUS_USAGE, "--gdb: '%s' given, a port up to 65535 or a path with a / expected",
             where);
        return -1;
    }
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        return failed(where, fd);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 4) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        return failed(where, fd);
    snprintf(text, size, "localhost:%u", ntohs(address.sin_port));
    return fd;
}

int host_listen(const char *where, char *text, size_t size)
{
    int fd;

    snprintf(text, size, "%s", where);
    fd = is_path(where) ? listen_on_path(where) : listen_on_port(where, text, size);
    if (fd >= 0)
        make_asynchronous(fd);
    return fd;
}

void host_unlisten(int listener, const char *where)
{
    close(listener);
    if (is_path(where))
        remove_socket(where);
}

int host_accept(int listener)
{
    int fd = accept(listener, NULL, NULL), yes = 1;

    if (fd < 0)
        return -1;
    make_asynchronous(fd);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)); /* send each packet at once */
    return fd;
}

ptrdiff_t host_receive(int client, void *buffer, size_t size)
{
    ssize_t got = read(client, buffer, size);

    if (got > 0)
        return got;
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

bool host_send(int client, const void *buffer, size_t size)
{
    const char *at = buffer;

    while (size > 0) {
        ssize_t sent = send(client, at, size, 0);

        if (sent < 0 && errno == EAGAIN) { /* the client does not read */
            struct pollfd room = {.fd = client, .events = POLLOUT};

            if (host_stop_signal())
                return false;
            poll(&room, 1, -1);
            continue;
        }
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

void host_hang_up(int client)
{
    close(client);
}

void host_wait_for(int listener, int client)
{
    struct pollfd fds[] = {{.fd = listener, .events = POLLIN}, {.fd = client, .events = POLLIN}};

    if (!host_stop_signal())
        poll(fds, 2, 1000); /* 1 s: a signal just before poll would otherwise be lost */
}
