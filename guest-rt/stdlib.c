/* SPDX-License-Identifier: MIT */
/*
 * The end of a program, and small arithmetic.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "libc.h"
#include "rt.h"

/* Weak: a program of labos has no start.c. */
__attribute__((weak)) void run_destructors(void);

__thread int errno;

/* What exit calls, last first. Harts may add to it at once. */
static struct at_exit *at_exit;
_Thread_local struct at_exit *at_hart_exit;

void add_at_exit(struct at_exit *entry)
{
    entry->next = __atomic_load_n(&at_exit, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&at_exit, &entry->next, entry, true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
        ;
}

static void call_handler(void *handler)
{
    ((void (*)(void))(uintptr_t)handler)();
}

int atexit(void (*handler)(void))
{
    static struct at_exit entries[64]; /* C asks for 32, and exit frees none */
    static size_t used;
    size_t mine = __atomic_fetch_add(&used, 1, __ATOMIC_RELAXED);

    if (mine >= sizeof(entries) / sizeof(entries[0]))
        return -1;
    entries[mine].call = call_handler;
    entries[mine].argument = (void *)(uintptr_t)handler;
    add_at_exit(&entries[mine]);
    return 0;
}

void run_at_exit(struct at_exit **list)
{
    struct at_exit *entry = __atomic_load_n(list, __ATOMIC_ACQUIRE);

    while (entry) {
        if (!__atomic_compare_exchange_n(list, &entry, entry->next, true, __ATOMIC_ACQUIRE,
                                         __ATOMIC_ACQUIRE))
            continue; /* another hart has added one */
        entry->call(entry->argument);
        entry = __atomic_load_n(list, __ATOMIC_ACQUIRE);
    }
}

void run_atexit(void)
{
    run_at_exit(&at_exit);
}

void exit(int status)
{
    run_at_exit(&at_hart_exit);
    run_atexit();
    if (run_destructors)
        run_destructors();
    stdio_flush();
    vm_exit(status & 255);
}

void _Exit(int status)
{
    vm_exit(status & 255);
}

void abort(void)
{
    stdio_flush();
    vm_abort();
}

void die(const char *message)
{
    stdio_flush();
    console_write(message, strlen(message));
    abort();
}

int abs(int n)
{
    return n < 0 ? -n : n;
}

long labs(long n)
{
    return n < 0 ? -n : n;
}

long long llabs(long long n)
{
    return n < 0 ? -n : n;
}

intmax_t imaxabs(intmax_t n)
{
    return n < 0 ? -n : n;
}

div_t div(int n, int by)
{
    return (div_t){.quot = n / by, .rem = n % by};
}

ldiv_t ldiv(long n, long by)
{
    return (ldiv_t){.quot = n / by, .rem = n % by};
}

lldiv_t lldiv(long long n, long long by)
{
    return (lldiv_t){.quot = n / by, .rem = n % by};
}

imaxdiv_t imaxdiv(intmax_t n, intmax_t by)
{
    return (imaxdiv_t){.quot = n / by, .rem = n % by};
}

/* A linear congruential generator modulo 2^64. Its upper half is random enough. */
static _Thread_local uint64_t random_state = 1;

void srand(unsigned seed)
{
    random_state = seed;
}

int rand(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (int)(random_state >> 33);
}
