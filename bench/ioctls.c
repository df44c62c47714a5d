/* SPDX-License-Identifier: MIT */
/*
 * Lists a program's ioctls on KVM:
 *
 *   ioctls PROGRAM [ARG]...
 *
 * Runs the program with its stdout on /dev/null. Writes a line for each KVM ioctl of its first
 * thread: the request and the argument; if the argument is a structure that the kernel reads, its
 * first word. Ends with the program's own status.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCALL_STOP (SIGTRAP | 0x80) /* ptrace(2), PTRACE_O_TRACESYSGOOD */

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "ioctls: %s: %s\n", what, strerror(errno));
    exit(125);
}

static _Noreturn void execute(char **argv)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
        die("/dev/null");
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
        die("PTRACE_TRACEME");
    raise(SIGSTOP); /* until the parent has set its ptrace options */
    execvp(argv[0], argv);
    die(argv[0]);
}

static void show(pid_t child, uint64_t request, uint64_t argument)
{
    if (_IOC_DIR(request) & _IOC_WRITE)
        argument = (uint64_t)ptrace(PTRACE_PEEKDATA, child, argument, NULL);
    printf("%#" PRIx64 " %#" PRIx64 "\n", request, argument);
}

/* Handles a stop of the child before or after a system call. */
static void look(pid_t child)
{
    struct __ptrace_syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info) < 0)
        die("PTRACE_GET_SYSCALL_INFO (Linux 5.3)");
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_ioctl &&
        _IOC_TYPE(info.entry.args[1]) == KVMIO)
        show(child, info.entry.args[1], info.entry.args[2]);
}

/* Follows the child to its end. Returns its wait status. */
static int follow(pid_t child)
{
    int status, pass_on = 0;

    for (;;) {
        if (ptrace(PTRACE_SYSCALL, child, NULL, pass_on) < 0 || waitpid(child, &status, 0) < 0)
            die("ptrace");
        if (!WIFSTOPPED(status))
            return status;
        if (WSTOPSIG(status) == SYSCALL_STOP)
            look(child);
        /* SIGTRAP comes from ptrace itself: at a system call, and after execve. */
        pass_on = (WSTOPSIG(status) & ~0x80) == SIGTRAP ? 0 : WSTOPSIG(status);
    }
}

int main(int argc, char **argv)
{
    pid_t child;
    int status;

    if (argc < 2) {
        fprintf(stderr, "usage: ioctls PROGRAM [ARG]...\n");
        return 125;
    }
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0)
        execute(argv + 1);
    if (waitpid(child, &status, 0) < 0 ||
        ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) < 0)
        die("PTRACE_SETOPTIONS");
    status = follow(child);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
