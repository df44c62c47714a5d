/*
 * A user program from its first instruction to exit, and what the C library (guest-rt/) asks of
 * the system below it. There, that is the VMM; here, the kernel.
 */
#include "labos.h"

#include <rt.h>
#include <stdlib.h>

#define HEAP_SIZE 32768

static char heap[HEAP_SIZE]; /* linked only into programs that call malloc */
char *heap_start = heap, *heap_end = heap + HEAP_SIZE;

int main(int argc, char **argv);

_Noreturn void _start(char *command);

/* The kernel has put the command on the stack. Its words become argv, where they are. */
void _start(char *command)
{
    char *argv[COMMAND_MAX / 2 + 1];
    int argc = 0;

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

size_t console_write(const char *buf, size_t len)
{
    long written = sys_write(buf, len);

    return written < 0 ? 0 : (size_t)written;
}

/* Key by key: what is typed ahead may be for the next program. */
size_t console_read(char *buf, size_t len)
{
    return len > 0 && sys_read(buf, 1) == 1;
}

bool console_is_terminal(void)
{
    return true; /* nobody else echoes and edits */
}

/* A process is alone in its memory. */
bool rt_lock(struct rt_lock *lock)
{
    (void)lock;
    return false;
}

void rt_unlock(struct rt_lock *lock, bool irq)
{
    (void)lock, (void)irq;
}
