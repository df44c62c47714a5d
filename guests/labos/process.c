/* SPDX-License-Identifier: MIT */
/*
 * The table of processes: starts and ends them. A process has no stack in the kernel. If a system
 * call has to wait, the process makes it again later. So a process is only its registers and its
 * memory.
 */
#include "kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct process processes[MAX_PROCESSES], *current;
struct process *const shell = &processes[0];

/* Copies the command line below the thread-local variables; the stack begins there. */
static int fill_space(struct process *process, uintptr_t *entry)
{
    size_t size = strlen(process->command) + 1;
    uintptr_t argument = (USER_TLS - size) & -16ul;
    char name[COMMAND_MAX];
    int error;

    if (!space_init(&process->space))
        return -ENOMEM;
    memcpy(name, process->command, size);
    name[strcspn(name, " ")] = '\0';
    error = load(&process->space, name, entry);
    if (!error && !copy_out(&process->space, argument, process->command, size))
        error = -ENOMEM;
    if (error)
        space_free(&process->space);
    else
        frame_start(&process->frame, *entry, argument, argument);
    return error;
}

static struct process *find_free(void)
{
    for (struct process *p = processes; p < processes + MAX_PROCESSES; p++)
        if (p->state == FREE)
            return p;
    return NULL;
}

int process_spawn(struct process *parent, const char *command)
{
    static int last_pid;
    struct process *process = find_free();
    uintptr_t entry;
    int error;

    if (!process)
        return -EAGAIN;
    memcpy(process->command, command, strlen(command) + 1);
    error = fill_space(process, &entry);
    if (error)
        return error;
    process->pid = ++last_pid;
    process->parent = parent;
    process->group = parent && parent != shell ? parent->group : process->pid;
    process->state = READY;
    return process->pid;
}

void wake(enum process_state state)
{
    for (struct process *p = processes; p < processes + MAX_PROCESSES; p++)
        if (p->state == state)
            p->state = READY;
}

void process_end(struct process *process, int status)
{
    if (process == current)
        cpu_use(NULL); /* its page tables are freed next, and may not have all RAM */
    if (process == shell)
        exit(status);
    space_free(&process->space);
    process->status = status;
    process->state = process->parent ? ENDED : FREE;
    for (struct process *p = processes; p < processes + MAX_PROCESSES; p++) {
        if (p->state == FREE || p->parent != process)
            continue;
        p->parent = NULL;
        if (p->state == ENDED)
            p->state = FREE;
    }
    if (process->parent && process->parent->state == WAITING)
        process->parent->state = READY;
}

int process_kill(int pid, int status)
{
    int count = 0;

    for (struct process *p = processes; p < processes + MAX_PROCESSES; p++) {
        if (p->state == FREE || p->state == ENDED || (p->pid != pid && p->group != pid))
            continue;
        process_end(p, status);
        count++;
    }
    return count;
}

int foreground(void)
{
    return shell->state == WAITING && shell->awaited ? shell->awaited : shell->group;
}

void process_fault(const char *name, uintptr_t pc, int status)
{
    printf("labos: %s (pid %d) is killed at pc 0x%lx: %s\n", current->command, current->pid, pc,
           name);
    process_end(current, status);
}

void process_page_fault(uintptr_t pc, uintptr_t address, enum access access)
{
    const char *verb = access & EXECUTE ? "jump to" : access & WRITE ? "write to" : "read from";
    char name[80];

    if (space_at(&current->space, address, access)) { /* the stack has grown */
        cpu_use(current->space.root); /* RISC-V's TLB may hold that nothing was mapped there */
        return;
    }
    snprintf(name, sizeof(name), "page fault, %s 0x%lx%s", verb, address,
             address >= STACK_BASE && address < USER_END ? ": no page is left for the stack" : "");
    process_fault(name, pc, STATUS_SEGV);
}
