/* SPDX-License-Identifier: MIT */
/* Time, signals and threads. */
#include "host.h"

#include "core/platform.h"
#include "core/status.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

struct host_thread host_threads[HOST_THREADS_MAX];
static volatile sig_atomic_t thread_count = 1;
static __thread struct host_thread *self = host_threads;

static volatile sig_atomic_t stop_signal;
static sigset_t kick_signals;   /* all signals that end a host_wait */
static uint64_t end_ns = NEVER; /* of host_set_end */

void host_set_flag(const struct host_thread *thread)
{
    volatile uint8_t *flag = thread->kick_flag;

    if (flag)
        *flag = 1;
}

static void on_kick(int signal)
{
    (void)signal;
    host_set_flag(self);
}

/* Repeats the kick, because one that arrives just before a blocking system call would be lost. */
void host_stop(int signal)
{
    stop_signal = signal;
    for (int i = 0; i < thread_count; i++) {
        host_set_flag(&host_threads[i]);
        alarm_now(&host_threads[i]);
    }
}

/* Restores the terminal after a crash of the VMM. The signal's default action follows. */
static void on_crash(int signal)
{
    host_input_restore();
    host_die_by(signal);
}

static void on_suspend(int signal)
{
    (void)signal;
    host_input_restore();
    kill(getpid(), SIGSTOP);
}

static void on_continue(int signal)
{
    (void)signal;
    host_input_resume();
}

static void handle(int signal, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler}, old;

    sigemptyset(&action.sa_mask);
    sigaction(signal, NULL, &old);
    if (old.sa_handler != SIG_IGN) /* nohup and others have it ignored */
        sigaction(signal, &action, NULL);
}

/* Handles a signal that the VMM sends itself. The parent process may have ignored or blocked it. */
static void handle_kicks(int signal)
{
    struct sigaction action = {.sa_handler = on_kick};
    sigset_t set;

    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, NULL);
    sigemptyset(&set);
    sigaddset(&set, signal);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    sigaddset(&kick_signals, signal);
}

/* All signals that would end the process, so that the terminal is restored; and what is said of
 * them. NULL: nothing, because it was the user's key. */
static const struct deadly {
    int number;
    void (*handler)(int);
    const char *words;
} deadly[] = {
    {SIGINT, host_stop, NULL},
    {SIGTERM, host_stop, "SIGTERM: another program wanted its end"},
    {SIGHUP, host_stop, "SIGHUP: its terminal was closed"},
    {SIGQUIT, host_stop, "SIGQUIT: another program, or a key, wanted its end"},
    {SIGXCPU, host_stop, "SIGXCPU: its CPU time is used up (ulimit -t)"},
    {SIGUSR1, host_stop, "SIGUSR1"},
    {SIGUSR2, host_stop, "SIGUSR2"},
    {SIGVTALRM, host_stop, "SIGVTALRM"},
    {SIGPROF, host_stop, "SIGPROF"},
#ifdef SIGPWR /* Linux */
    {SIGPWR, host_stop, "SIGPWR: the computer's power fails"},
    {SIGSTKFLT, host_stop, "SIGSTKFLT"},
#endif
    {SIGSEGV, on_crash, "SIGSEGV: a fault of its own, please report it"},
    {SIGBUS, on_crash, "SIGBUS: a fault of its own, or a file it uses was cut (--memory-file)"},
    {SIGILL, on_crash, "SIGILL: a fault of its own, please report it"},
    {SIGFPE, on_crash, "SIGFPE: a fault of its own, please report it"},
    {SIGABRT, on_crash, "SIGABRT: a fault of its own, please report it"},
    {SIGSYS, on_crash, "SIGSYS: a system call is forbidden here"},
    {SIGTRAP, on_crash, "SIGTRAP: a breakpoint in labvisor itself"},
};

void host_init(void)
{
    static const int kicks[] = {SIGALRM, SIGIO};

    /* If a standard descriptor is closed, /dev/kvm would get its number, and the guest's output
     * would go there. So it is opened, in the wrong direction: reads and writes fail. */
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)!open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);

    host_stderr_init();
    sigemptyset(&kick_signals);
    for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++) {
        handle(deadly[i].number, deadly[i].handler);
        if (deadly[i].handler == host_stop)
            sigaddset(&kick_signals, deadly[i].number);
    }
    for (size_t i = 0; i < sizeof(kicks) / sizeof(kicks[0]); i++)
        handle_kicks(kicks[i]);
    handle(SIGTSTP, on_suspend);
    handle(SIGCONT, on_continue);
    signal(SIGPIPE, SIG_IGN); /* write(2) returns EPIPE instead */
    signal(SIGXFSZ, SIG_IGN); /* and EFBIG */
}

/* Async-signal-safe. */
static void say(const char *words)
{
    (void)!write(STDERR_FILENO, words, strlen(words));
}

void host_die_by(int number)
{
    sigset_t set;

    for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
        if (deadly[i].number == number && deadly[i].words) {
            say("labvisor: ended by ");
            say(deadly[i].words);
            say("\n");
        }
    signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL); /* it is blocked if this is called in its handler */
    raise(number);
}

int host_stop_signal(void)
{
    return stop_signal;
}

uint64_t host_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t host_wall_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t host_random(void)
{
    uint64_t number;

    if (getentropy(&number, sizeof(number)))
        number = host_wall_clock(); /* an old kernel */
    return number;
}

struct timespec host_timespec(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

void host_set_end(uint64_t when_ns)
{
    end_ns = when_ns;
}

bool host_must_end(void)
{
    return stop_signal || host_now() >= end_ns;
}

void host_set_kick_flag(volatile uint8_t *flag)
{
    self->kick_flag = flag;
}

/* ---- Threads ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct start {
    struct host_thread *self;
    void (*run)(void *);
    void *argument;
};

static void *start(void *argument)
{
    struct start start = *(struct start *)argument;

    free(argument);
    self = start.self;
    start.run(start.argument);
    alarm_delete(self);
    return NULL;
}

int host_thread_start(void (*run)(void *), void *argument)
{
    struct start *begin = malloc(sizeof(*begin));
    int number = thread_count, error = begin && number < HOST_THREADS_MAX ? 0 : ENOMEM;

    if (!error) {
        *begin = (struct start){&host_threads[number], run, argument};
        error = pthread_create(&host_threads[number].handle, NULL, start, begin);
    }
    if (error) {
        free(begin);
        return fail(STATUS_HOST, "cannot start a vCPU's thread: %s", strerror(error));
    }
    thread_count = number + 1;
    return 0;
}

void host_threads_join(void)
{
    for (; thread_count > 1; thread_count--)
        pthread_join(host_threads[thread_count - 1].handle, NULL);
}

struct host_thread *host_thread_self(void)
{
    return self;
}

void host_lock(void)
{
    pthread_mutex_lock(&lock);
}

void host_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

/* ---- Waiting ---- */

void host_wake_readers(void)
{
    /* With host_wait's: either this sees the thread wait, or that sees the keys. */
    atomic_thread_fence(memory_order_seq_cst);
    for (int i = 0; i < thread_count; i++)
        if (host_threads[i].waits_for_input && &host_threads[i] != self)
            host_kick(&host_threads[i]);
}

void host_wait(uint64_t until_ns, bool input)
{
    uint64_t now = host_now();
    struct timespec timeout = host_timespec(until_ns > now ? until_ns - now : 0);
    sigset_t old;

    /* A signal between the check of the flag and the wait would be lost. So signals are blocked,
     * and wait_for_input unblocks them. */
    sigprocmask(SIG_BLOCK, &kick_signals, &old);
    self->waits_for_input = input;
    atomic_thread_fence(memory_order_seq_cst);
    if (!(self->kick_flag && *self->kick_flag) && !(input && host_input_has_keys()))
        wait_for_input(input, until_ns == NEVER ? NULL : &timeout, &old);
    self->waits_for_input = false;
    sigprocmask(SIG_SETMASK, &old, NULL);
    if (self->kick_flag)
        *self->kick_flag = 0; /* the caller checks what the kick was for */
}
