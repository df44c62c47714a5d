/* SPDX-License-Identifier: MIT */
/*
 * labos: a small operating system; docs/labos.md explains it. The runtime boots the machine. main
 * starts the first process, the shell. After that the kernel runs only when a process traps, and
 * in the idle loop of schedule.c.
 */
#include "kernel.h"

#include <stdio.h>
#include <string.h>

int main(void)
{
    int pid;

    memory_start();
    cpu_start();
    console_look(0); /* from the first look on, the VMM hands over each key and echoes none */
    printf("labos: %zu KiB are free; `help` lists the programs\n",
           memory_free() * PAGE_SIZE / 1024);
    pid = process_spawn(NULL, "shell");
    if (pid < 0) {
        printf("labos: the shell cannot start: %s\n", strerror(-pid));
        return 1;
    }
    current = shell;
    cpu_begin();
}
