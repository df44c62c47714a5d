/* SPDX-License-Identifier: MIT */
/* The system calls; user/labos.h specifies them. None trusts a user's pointer. */
#include "kernel.h"

#include <errno.h>
#include <rt.h>
#include <string.h>

static long call_exit(const unsigned long *args)
{
    process_end(current, args[0] & 255);
    return 0;
}

/* Writes from the user's own pages to the console, one page at a time. */
static long call_write(const unsigned long *args)
{
    uintptr_t from = args[0];
    size_t size = args[1], done = 0;

    while (done < size) {
        size_t left = PAGE_SIZE - (from + done) % PAGE_SIZE;
        const char *page = space_at(&current->space, from + done, READ);

        if (!page)
            return done ? (long)done : -EFAULT;
        if (left > size - done)
            left = size - done;
        if (console_write(page, left) < left)
            return -EIO;
        done += left;
    }
    return (long)done;
}

/* Reads the input that is there, at least a byte, up to the end of the buffer's first page. */
static long call_read(const unsigned long *args)
{
    uintptr_t to = args[0];
    size_t size = args[1], left = PAGE_SIZE - to % PAGE_SIZE;
    char *page = space_at(&current->space, to, WRITE);
    long taken;

    if (!page)
        return -EFAULT;
    taken = size ? console_take(current, page, size < left ? size : left) : 0;
    if (taken == -EAGAIN)
        current->state = READING;
    return taken;
}

static long call_sleep(const unsigned long *args)
{
    uint64_t ms = args[0], frequency = time_frequency();

    if (ms > UINT32_MAX)
        return -EINVAL;
    current->wake_at = time_ticks() + ms / 1000 * frequency + ms % 1000 * frequency / 1000;
    current->state = SLEEPING;
    return 0;
}

static long call_yield(const unsigned long *args)
{
    (void)args;
    give_way();
    return 0;
}

static long call_spawn(const unsigned long *args)
{
    char command[COMMAND_MAX];
    int error = copy_in_string(&current->space, command, args[0], sizeof(command));

    return error ? error : process_spawn(current, command);
}

static long call_wait(const unsigned long *args)
{
    int pid = (int)args[0];
    bool have_child = false;

    for (struct process *p = processes; p < processes + MAX_PROCESSES; p++) {
        if (p->state == FREE || p->parent != current || (pid && p->pid != pid))
            continue;
        have_child = true;
        if (p->state != ENDED)
            continue;
        if (args[1] && !copy_out(&current->space, args[1], &p->status, sizeof(p->status)))
            return -EFAULT;
        p->state = FREE;
        return p->pid;
    }
    if (!have_child)
        return -ECHILD;
    if (args[2] & WNOHANG)
        return 0;
    current->state = WAITING;
    current->awaited = pid;
    wake(READING); /* another group may be in the foreground now */
    return 0;
}

static long call_kill(const unsigned long *args)
{
    int pid = (int)args[0];

    if (pid == shell->pid)
        return -EPERM;
    return process_kill(pid, STATUS_TERM) ? 0 : -ESRCH;
}

static long call_info(const unsigned long *args)
{
    const struct process *p = processes + args[0];
    struct process_info info;

    if (args[0] >= MAX_PROCESSES)
        return -EINVAL;
    info = (struct process_info){
        .pid = p->pid,
        .parent = p->parent ? p->parent->pid : 0,
        .state = p->state,
        .pages = p->space.page_count,
    };
    memcpy(info.command, p->command, sizeof(info.command));
    if (!copy_out(&current->space, args[1], &info, sizeof(info)))
        return -EFAULT;
    return (long)memory_free();
}

static long (*const calls[SYS_COUNT])(const unsigned long *args) = {
    [SYS_EXIT] = call_exit,   [SYS_WRITE] = call_write, [SYS_READ] = call_read,
    [SYS_SLEEP] = call_sleep, [SYS_YIELD] = call_yield, [SYS_SPAWN] = call_spawn,
    [SYS_WAIT] = call_wait,   [SYS_KILL] = call_kill,   [SYS_INFO] = call_info,
};

/* A call that has to wait sets the process's state, which names the event. When the process is
 * ready, it makes the call again from the start, so the kernel keeps no progress of a call. */
void system_call(void)
{
    unsigned long args[3], number = frame_call(&current->frame, args);
    long result = number < SYS_COUNT ? calls[number](args) : -ENOSYS;

    if (current->state == READING || current->state == WAITING)
        frame_repeat(&current->frame);
    else
        frame_return(&current->frame, result);
}
