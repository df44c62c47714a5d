/* SPDX-License-Identifier: MIT */
/*
 * The keyboard: keeps the bytes that were typed and not read yet. Only the group in the foreground
 * gets them. ^C ends that group; but the shell reads ^C as a key.
 */
#include "kernel.h"

#include <errno.h>
#include <rt.h>
#include <stdio.h>

#define INTERRUPT_KEY ('C' & 0x1f)

static struct {
    char bytes[256]; /* a ring */
    unsigned first, count;
    bool terminal, ended;
} keys;

static unsigned room(void)
{
    return sizeof(keys.bytes) - keys.count;
}

static void push(char key)
{
    if (key == INTERRUPT_KEY && keys.terminal)
        keys.count = 0; /* ^C takes effect at once: drop the keys before it */
    keys.bytes[(keys.first + keys.count++) % sizeof(keys.bytes)] = key;
}

static char pop(void)
{
    char key = keys.bytes[keys.first];

    keys.first = (keys.first + 1) % sizeof(keys.bytes);
    keys.count--;
    return key;
}

static bool next_is_interrupt(void)
{
    return keys.count > 0 && keys.bytes[keys.first] == INTERRUPT_KEY;
}

void console_look(unsigned events)
{
    char typed[64];
    size_t size = room() < sizeof(typed) ? room() : sizeof(typed);
    struct sbiret now;

    if (keys.ended || size == 0)
        events &= ~(unsigned)LAB_EVENT_INPUT; /* there is input already: do not wait for it */
    now = sbi_wait(events);
    if (now.error == SBI_SUCCESS) { /* other firmware does not have this call; then only the read
                                       below is left */
        keys.terminal = now.value & LAB_EVENT_TTY;
        keys.ended = keys.ended || now.value & LAB_EVENT_EOF;
        if (!(now.value & LAB_EVENT_INPUT))
            size = 0;
    }
    if (size > 0)
        size = console_read_now(typed, size);
    for (size_t i = 0; i < size; i++)
        push(typed[i]);
    if (size > 0 || keys.ended)
        wake(READING);
}

long console_take(const struct process *process, char *to, size_t size)
{
    size_t taken = 0;

    if (process->group != foreground())
        return -EAGAIN;
    while (taken < size && keys.count > 0 && (process == shell || !next_is_interrupt()))
        to[taken++] = pop();
    if (taken == 0 && !(keys.ended && keys.count == 0))
        return -EAGAIN;
    return (long)taken;
}

void console_interrupt(void)
{
    int group = foreground();

    if (!next_is_interrupt() || group == shell->group)
        return;
    pop();
    printf("^C\n");
    process_kill(group, STATUS_INT);
}
