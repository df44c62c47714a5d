/* SPDX-License-Identifier: MIT */
/*
 * Alarms by a thread that sleeps until the first of them and then sends SIGALRM to its owner.
 * POSIX's own timers signal a process, not a thread.
 */
#include "host.h"

#include "core/platform.h"
#include "core/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

static struct alarm {
    _Atomic uint64_t when_ns; /* when it expires; NEVER: it is not set */
    atomic_bool made;         /* its thread has asked for alarms, and has not ended */
} alarms[HOST_THREADS_MAX];

static pthread_mutex_t ending =
    PTHREAD_MUTEX_INITIALIZER;    /* no signal to a thread that has ended */
static _Atomic uint64_t awake_ns; /* when the thread of the alarms wakes up */
static int wake_up[2] = {-1, -1}; /* a pipe: a byte wakes it up earlier; -1: there is no thread */

static struct alarm *alarm_of(const struct host_thread *thread)
{
    return &alarms[thread - host_threads];
}

/* Sends SIGALRM to the owners of the alarms that have expired. Returns when to do that again. */
static uint64_t send_alarms(void)
{
    uint64_t now = host_now(), next = NEVER;

    pthread_mutex_lock(&ending);
    for (unsigned i = 0; i < HOST_THREADS_MAX; i++) {
        uint64_t when = alarms[i].when_ns;

        if (!alarms[i].made || when == NEVER)
            continue;
        if (when <= now) {
            pthread_kill(host_threads[i].handle, SIGALRM);
            when = now + KICK_NS;
        }
        next = when < next ? when : next;
    }
    pthread_mutex_unlock(&ending);
    return next;
}

static void *run_alarms(void *unused)
{
    uint8_t bytes[64];

    (void)unused;
    for (;;) {
        uint64_t now, next;
        struct timespec timeout;
        fd_set set;

        awake_ns = 0; /* first: an alarm that is set from here on wakes this thread up */
        next = send_alarms();
        awake_ns = next;
        now = host_now();
        timeout = host_timespec(next > now ? next - now : 0);
        FD_ZERO(&set);
        FD_SET(wake_up[0], &set);
        if (pselect(wake_up[0] + 1, &set, NULL, NULL, next == NEVER ? NULL : &timeout, NULL) > 0)
            (void)!read(wake_up[0], bytes, sizeof(bytes));
    }
    return NULL;
}

/* Starts the thread, with all signals blocked, so that they go to the others. */
static bool start_alarms(void)
{
    sigset_t all, old;
    pthread_t thread;
    int error;

    if (pipe(wake_up) < 0)
        return false;
    for (int i = 0; i < 2; i++) {
        fcntl(wake_up[i], F_SETFD, FD_CLOEXEC);
        fcntl(wake_up[i], F_SETFL, O_NONBLOCK);
    }
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = pthread_create(&thread, NULL, run_alarms, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    errno = error;
    return error == 0;
}

static void set_alarm(struct alarm *alarm, uint64_t when_ns)
{
    alarm->when_ns = when_ns;
    if (when_ns < awake_ns || awake_ns == 0)
        (void)!write(wake_up[1], "", 1);
}

void alarm_now(struct host_thread *thread)
{
    if (alarm_of(thread)->made)
        set_alarm(alarm_of(thread), 0);
}

void alarm_delete(struct host_thread *self)
{
    pthread_mutex_lock(&ending);
    alarm_of(self)->made = false;
    pthread_mutex_unlock(&ending);
}

int host_set_alarm(uint64_t when_ns)
{
    struct host_thread *self = host_thread_self();
    struct alarm *alarm = alarm_of(self);

    if (wake_up[0] < 0 && !start_alarms())
        return fail(STATUS_HOST, "cannot start the thread of the alarms: %s", strerror(errno));
    if (!alarm->made) {
        self->handle = pthread_self();
        alarm->when_ns = NEVER;
        alarm->made = true;
    }
    if (!host_stop_signal() && when_ns != alarm->when_ns)
        set_alarm(alarm, when_ns);
    return 0;
}

void host_kick(const struct host_thread *thread)
{
    host_set_flag(thread);
    pthread_kill(thread->handle, SIGALRM);
}

void wait_for_input(bool input, const struct timespec *timeout, const sigset_t *blocked)
{
    fd_set set;

    FD_ZERO(&set);
    FD_SET(STDIN_FILENO, &set);
    pselect(STDIN_FILENO + 1, input ? &set : NULL, NULL, NULL, timeout, blocked);
}
