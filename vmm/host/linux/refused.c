/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a system call that the filter refuses. The kernel sends SIGSYS instead of making
 * it, and the handler ends the process. With --sandbox=log a thread that is not confined is told of
 * the call, says so, and lets the kernel make it.
 */
#include "confine.h"

#include "core/status.h"
#include "host/posix/host.h"

#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1 /* si_code; glibc has no name for it */
#endif

#define CALLS_MAX 512 /* all calls of Linux have lower numbers */

static const struct {
    int call;
    const char *name;
} names[] = {
#define CALL(name, ...) {SYS_##name, #name},
#define ELSE(name, ...) CALL(name, )
#define REFUSED(name)   CALL(name, )
#include "calls.def"
};

/* Says what was refused, or would be. Async-signal-safe. */
static void say(int call, const char *words)
{
    char line[160], number[32];
    const char *name = number;
    size_t length;

    snprintf(number, sizeof(number), "system call %d", call);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].call == call)
            name = names[i].name;
    length = (size_t)snprintf(line, sizeof(line), "labvisor: sandbox: %s %s\n", name, words);
    (void)!write(STDERR_FILENO, line, length);
}

static void on_refused(int signal, siginfo_t *info, void *context)
{
    (void)context;
    host_input_restore();
    if (info->si_code != SYS_SECCOMP) {
        host_die_by(signal); /* another process has sent it */
        return;
    }
    say(info->si_syscall, "was refused: if the guest is not hostile, report this, and give "
                          "--no-sandbox");
    _exit(STATUS_HOST);
}

void refused_end_process(void)
{
    struct sigaction action = {.sa_sigaction = on_refused, .sa_flags = SA_SIGINFO};

    sigfillset(&action.sa_mask);
    sigaction(SIGSYS, &action, NULL);
}

enum { NOT_KNOWN = -2, NOT_INSTALLED = -1 };

static _Atomic int listener = NOT_KNOWN; /* of the filter */

static void *let_pass(void *unused)
{
    static bool said[CALLS_MAX];
    struct seccomp_notif refused;

    (void)unused;
    while (listener == NOT_KNOWN)
        usleep(100); /* a lock would take calls of the other thread that the filter may refuse */
    while (listener >= 0) {
        struct seccomp_notif_resp pass = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

        memset(&refused, 0, sizeof(refused)); /* the kernel wants it so */
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &refused) < 0)
            continue; /* the caller was interrupted */
        if (refused.data.nr < CALLS_MAX && !said[refused.data.nr]) {
            said[refused.data.nr] = true;
            say(refused.data.nr, "would be refused");
        }
        pass.id = refused.id;
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &pass);
    }
    return NULL;
}

bool refused_expect(void)
{
    sigset_t all, old;
    pthread_t thread;
    bool started;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old); /* signals are for the other threads */
    started = pthread_create(&thread, NULL, let_pass, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return started;
}

void refused_are_told_by(int filter)
{
    listener = filter;
}
