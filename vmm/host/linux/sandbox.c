/* SPDX-License-Identifier: MIT */
/* Confines the process, one layer after the other: descriptors, privileges, files, system calls. */
#include "confine.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#define INHERITED_MAX 1024

/* Closes what the parent has left open. The VMM's own descriptors close at an exec; others cannot,
 * or they would not be here. */
static void close_inherited(void)
{
    struct pollfd fds[INHERITED_MAX];
    struct rlimit limit;
    int count = INHERITED_MAX;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < INHERITED_MAX)
        count = (int)limit.rlim_cur; /* poll takes no more */
    for (int i = 0; i < count; i++)
        fds[i] = (struct pollfd){.fd = i};
    if (poll(fds, (nfds_t)count, 0) < 0)
        return;
    for (int fd = STDERR_FILENO + 1; fd < count; fd++)
        if (!(fds[fd].revents & POLLNVAL) && fcntl(fd, F_GETFD) == 0)
            close(fd);
}

/* Gives up all capabilities, and what an exec would give. */
static bool drop_privileges(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    const bool gained = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0;

    return syscall(SYS_capset, &header, none) == 0 && !gained;
}

static int equal(const void *a, const void *b)
{
    (void)a, (void)b;
    return 0;
}

/* Lets the C library do now what it does once: its sort asks how much memory there is. Threads
 * share one heap, which needs nothing of the system that one thread would not. */
static void settle_libc(void)
{
    uint64_t many[160] = {0};

    qsort(many, sizeof(many) / sizeof(many[0]), sizeof(many[0]), equal);
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 1);
#endif
}

struct confined host_confine(const struct confinement *confinement)
{
    struct confined confined = {.built = true};

    settle_libc();
    refused_end_process();
    close_inherited();
    confined.privileges = drop_privileges();
    confined.files = confine_files(confinement);
    confined.calls = confine_calls(confinement);
    return confined;
}
