/* SPDX-License-Identifier: MIT */
/* A key of a terminal wakes the thread that waits for it, whichever thread has read it. */
#include "core/platform.h"
#include "host/posix/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEYS     500
#define LIMIT_MS 60000

static volatile uint8_t no_flag;

/* Waits for a key that no other thread has taken yet: like a hart in LAB.wait, without the lock
 * while it sleeps. */
static void wait_for_keys(void *unused)
{
    uint8_t key;

    (void)unused;
    host_set_kick_flag(&no_flag);
    host_set_alarm(NEVER);
    for (int i = 0; i < KEYS;) {
        host_wait(NEVER, true);
        host_lock();
        while (host_input_read(&key, 1) == 1) {
            i++;
            host_output_write("k", 1);
        }
        host_unlock();
    }
    host_set_kick_flag(NULL);
}

/* The child, on its terminal. Another thread waits; this one polls all the time, like a hart that
 * makes exits. */
static void poll_beside_reader(void)
{
    host_init();
    host_set_alarm(NEVER);
    host_input_state(); /* makes the terminal raw */
    if (host_thread_start(wait_for_keys, NULL))
        _exit(1);
    host_output_write("k", 1);
    while (!host_stop_signal()) { /* SIGHUP: the test has gone */
        host_lock();
        host_input_poll();
        host_unlock();
    }
    _exit(0);
}

/* The child: a key is in the ring before the wait begins. */
static void wait_with_key(void)
{
    host_init();
    host_set_alarm(NEVER);
    host_input_state();
    host_output_write("k", 1);
    while (!host_input_has_keys())
        host_input_poll();
    host_wait(NEVER, true);
    host_output_write("k", 1);
    _exit(0);
}

/* Sends a key for each answer of the child, up to a number of answers. */
static void converse(void (*child)(void), int answers)
{
    struct pollfd fd = {.events = POLLIN};
    pid_t pid = forkpty(&fd.fd, NULL, NULL, NULL);
    int got = 0;
    char answer;

    assert_true(pid >= 0);
    if (pid == 0)
        child();
    while (got < answers && poll(&fd, 1, LIMIT_MS) == 1 && read(fd.fd, &answer, 1) == 1 &&
           answer == 'k')
        if (++got < answers && write(fd.fd, "x", 1) != 1)
            break;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(fd.fd);
    assert_int_equal(got, answers);
}

static void test_other_thread_reads(void **state)
{
    (void)state;
    converse(poll_beside_reader, KEYS);
}

static void test_read_before(void **state)
{
    (void)state;
    converse(wait_with_key, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_thread_reads),
        cmocka_unit_test(test_read_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
