/* SPDX-License-Identifier: MIT */
/* The behaviour of this guest depends on its argument, a number. Observe it from outside. */
#include <call.h>
#include <guest.h>
#include <stdint.h>
#include <stdlib.h>

static uint32_t state;

/* A linear congruential generator. Its high bits are more random than its low bits. */
static uint32_t next(void)
{
    state = state * 1664525 + 1013904223;
    return state >> 8;
}

/* A function for a breakpoint: no exit shows its argument. */
__attribute__((noinline)) static void checkpoint(uint64_t secret)
{
    __asm__ volatile("" ::"r"(secret));
#ifdef SEALED /* the grader's copy */
    sbi_probe_extension(secret);
#endif
}

static void print_dots(uint32_t count)
{
    static char dots[64];

    for (uint32_t i = 0; i < count; i++)
        dots[i] = '.';
    dots[count] = '\n';
    sbi_console_write(count + 1, (uintptr_t)dots, 0);
}

int main(int argc, char **argv)
{
    uint64_t token;
    uint32_t lines, status;

    state = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
    checkpoint(next());
    lines = 4 + next() % 12;
    for (uint32_t i = 0; i < lines; i++)
        print_dots(next() % 60);
    status = 1 + next() % 99;
    token = (uint64_t)next() << 24 | next();
    __asm__ volatile("mv s11, %0" ::"r"(token) : "s11");
    vm_exit((int)status);
}
