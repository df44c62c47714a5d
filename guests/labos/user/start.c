/* SPDX-License-Identifier: MIT */
/*
 * A user program's start and exit, and the functions that the C library (guest-rt/) needs from the
 * system: in the kernel, the VMM provides them; in a user program, the kernel does.
 */
#include "labos.h"

#include <rt.h>
#include <stdlib.h>
#include <string.h>

#define HEAP_SIZE 32768

static char heap[HEAP_SIZE]; /* linked only into programs that call malloc */
char *heap_start = heap, *heap_end = heap + HEAP_SIZE;

int main(int argc, char **argv);

/* user.ld. The kernel has set the thread pointer, and no more. */
extern char tls_image[], tls_image_end[], tls_end[];

_Noreturn void _start(char *command);

/* Splits the command, which the kernel has put on the stack, into argv in place. */
void _start(char *command)
{
    char *argv[COMMAND_MAX / 2 + 1];
    int argc = 0;

    NO_CALLER();
    memcpy(user_tls((size_t)(tls_end - tls_image)), tls_image, (size_t)(tls_image_end - tls_image));
    for (char *c = command; *c; c++) {
        if (*c == ' ')
            *c = '\0';
        else if (c == command || c[-1] == '\0')
            argv[argc++] = c;
    }
    argv[argc] = NULL;
    exit(main(argc, argv));
}

void vm_exit(int status)
{
    for (;;)
        sys_exit(status);
}

void vm_abort(void)
{
    vm_exit(134); /* as a shell shows SIGABRT */
}

size_t console_write(const char *buf, size_t len)
{
    long written = sys_write(buf, len);

    return written < 0 ? 0 : (size_t)written;
}

/* Reads key by key: keys typed ahead may be for the next program. */
size_t console_read(char *buf, size_t len)
{
    return len > 0 && sys_read(buf, 1) == 1;
}

bool console_is_terminal(void)
{
    return true; /* so the C library echoes and edits */
}

/* No lock, and no handlers of traps: only this process uses its memory. */
bool rt_lock(struct rt_lock *lock)
{
    (void)lock;
    return false;
}

void rt_unlock(struct rt_lock *lock, bool irq)
{
    (void)lock, (void)irq;
}

struct nested *nested_innermost(void)
{
    return NULL;
}

bool nested_leave(struct nested *outer, bool *irq)
{
    (void)outer, (void)irq;
    return true;
}

bool irq_disable(void)
{
    return false;
}

void irq_restore(bool on)
{
    (void)on;
}
