/* SPDX-License-Identifier: MIT */
/* Alarms by the kernel's timers, each of which sends its signal to one thread. */
#include "host/posix/host.h"

#include "core/platform.h"
#include "core/status.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id /* older glibcs */
#define sigev_notify_thread_id _sigev_un._tid
#endif

static struct alarm {
    timer_t timer;
    uint64_t when_ns; /* when it expires; NEVER: it is not set */
    volatile sig_atomic_t made;
    pid_t thread; /* the kernel's number; known when made */
} alarms[HOST_THREADS_MAX];

static struct alarm *alarm_of(const struct host_thread *thread)
{
    return &alarms[thread - host_threads];
}

/* Makes this thread's alarm, whose signal goes to this thread alone. */
static bool make(struct alarm *alarm)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM};

    alarm->thread = event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    alarm->when_ns = NEVER;
    alarm->made = timer_create(CLOCK_MONOTONIC, &event, &alarm->timer) == 0;
    return alarm->made;
}

void alarm_now(struct host_thread *thread)
{
    const struct itimerspec soon = {{0, KICK_NS}, {0, KICK_NS}};

    if (alarm_of(thread)->made)
        timer_settime(alarm_of(thread)->timer, 0, &soon, NULL);
}

void alarm_delete(struct host_thread *self)
{
    struct alarm *alarm = alarm_of(self);

    if (!alarm->made)
        return;
    alarm->made = false;
    timer_delete(alarm->timer);
}

int host_set_alarm(uint64_t when_ns)
{
    struct itimerspec setting = {.it_interval.tv_nsec = KICK_NS};
    struct alarm *alarm = alarm_of(host_thread_self());

    if (!alarm->made && !make(alarm)) /* also for NEVER: host_stop needs it */
        return fail(STATUS_HOST, "cannot create a timer: %s", strerror(errno));
    if (host_stop_signal() || when_ns == alarm->when_ns)
        return 0; /* host_stop has set it, or it does not change */
    alarm->when_ns = when_ns;
    if (when_ns != NEVER)
        setting.it_value = host_timespec(when_ns ? when_ns : 1); /* 0 would disarm it */
    timer_settime(alarm->timer, TIMER_ABSTIME, &setting, NULL);
    return 0;
}

void host_kick(const struct host_thread *thread)
{
    host_set_flag(thread);
    syscall(SYS_tgkill, getpid(), alarm_of(thread)->thread, SIGALRM);
}

void wait_for_input(bool input, const struct timespec *timeout, const sigset_t *blocked)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};

    ppoll(&fd, input, timeout, blocked);
}
