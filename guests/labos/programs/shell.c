/* SPDX-License-Identifier: MIT */
/*
 * Reads commands and runs them. It is the first process; when it ends, labos ends. A command is a
 * program with arguments, or built in. The shell waits for a program unless & follows it.
 */
#include "../user/labos.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_SUCH_PROGRAM 127 /* as in Unix shells */

static void help(const char *argument)
{
    (void)argument;
#define PROGRAM(name, text) printf("  %-8s %s\n", #name, text);
#include "../programs.def"
    printf("  fg PID   wait for a process in the background; it gets the keyboard\n"
           "  kill PID end a process, and what it has started\n"
           "  exit [STATUS], or ^D: end labos\n"
           "PROGRAM & runs in the background, ^C ends what does not.\n");
}

static void end(const char *argument)
{
    exit(atoi(argument));
}

static void wait_for(long pid)
{
    int status = 0;
    long error = sys_wait(pid, &status, 0);

    if (error < 0)
        printf("shell: %ld: %s\n", pid, strerror((int)-error));
    else if (status != 0)
        printf("(status %d)\n", status);
}

/* Returns the pid in a command's argument; 0, and says so, if there is none. */
static long parse_pid(const char *command, const char *argument)
{
    long pid = atol(argument);

    if (pid <= 0)
        printf("shell: %s PID: a process's number was expected: `ps` lists them\n", command);
    return pid > 0 ? pid : 0;
}

static void foreground(const char *argument)
{
    long pid = parse_pid("fg", argument);

    if (pid)
        wait_for(pid);
}

static void kill(const char *argument)
{
    long pid = parse_pid("kill", argument), error = pid ? sys_kill(pid) : 0;

    if (error < 0)
        printf("shell: kill: %s: %s\n", argument, strerror((int)-error));
}

static const struct {
    const char *name;
    void (*function)(const char *argument);
} built_in[] = {{"help", help}, {"exit", end}, {"fg", foreground}, {"kill", kill}};

/* The first words of commands, for the tab key. */
static const char *const words[] = {
#define PROGRAM(name, text) #name,
#include "../programs.def"
    "help", "exit", "fg", "kill", NULL};

/* Runs a command if it is built in. Returns whether it is. */
static bool run_built_in(char *line)
{
    size_t length = strcspn(line, " ");

    for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++)
        if (strlen(built_in[i].name) == length && memcmp(line, built_in[i].name, length) == 0) {
            built_in[i].function(line + length + strspn(line + length, " "));
            return true;
        }
    return false;
}

static void run_program(const char *line, bool background)
{
    long pid = sys_spawn(line);

    if (pid == -ENOENT)
        printf("%.*s: there is no such program: `help` lists them\n(status %d)\n",
               (int)strcspn(line, " "), line, NO_SUCH_PROGRAM);
    else if (pid < 0)
        printf("shell: %s: %s\n", line, strerror((int)-pid));
    else if (background)
        printf("[%ld] %s\n", pid, line);
    else
        wait_for(pid);
}

/* Removes blanks and an & from the end. Returns whether there was an &. */
static bool trim(char *line)
{
    size_t length = strlen(line);
    bool background = false;

    while (length > 0 && (line[length - 1] == ' ' || (line[length - 1] == '&' && !background)))
        background |= line[--length] == '&';
    line[length] = '\0';
    return background;
}

static void tell_of_the_ended(void)
{
    int status;
    long pid;

    while ((pid = sys_wait(0, &status, WNOHANG)) > 0)
        printf("[%ld] ended with status %d\n", pid, status);
}

int main(void)
{
    char line[LINE_SIZE];

    for (;;) {
        char *command = line;
        bool background;

        tell_of_the_ended();
        if (read_line("labos$ ", line, words) < 0)
            return 0;
        background = trim(line);
        command += strspn(line, " ");
        if (*command && !run_built_in(command))
            run_program(command, background);
    }
}
