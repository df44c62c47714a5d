/* SPDX-License-Identifier: MIT */
/*
 * The first program of the Linux in QEMU (docs/qemu.md). Loads KVM, runs labvisor as /runs says,
 * prints the results, and switches the machine off.
 *
 * On the host, boot.py reads the console; it parses the lines that begin with "init: ".
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define ARGS_MAX      8192 /* bytes of a command line */
#define WORDS_MAX     (ARGS_MAX / 2)
#define KERNEL_LOG    3 /* syslog(2), SYSLOG_ACTION_READ_ALL */
#define SIGNAL_STATUS 128
#define GDB_SOCKET    "/gdb" /* for a run with gdb: boot.py passes this path to labvisor */

static void fail(const char *what)
{
    printf("init: failed: %s: %s\n", what, strerror(errno));
}

/* KVM's modules and their dependencies, in order. If one is not in the initramfs, this machine does
 * not need it, or the kernel has it built in. */
static void load_modules(void)
{
    static const char *const names[] = {"irqbypass", "kvm", "kvm-amd"};
    char path[64];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int fd;

        snprintf(path, sizeof(path), "/modules/%s.ko", names[i]);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        if (syscall(SYS_finit_module, fd, "", 0) < 0)
            fail(path);
        close(fd);
    }
}

/* Prints the kernel's messages about KVM, for instance about the hypervisor extension. */
static void show_kernel_log(void)
{
    static char log[1 << 18];
    int size = klogctl(KERNEL_LOG, log, sizeof(log) - 1);

    log[size > 0 ? size : 0] = '\0';
    for (char *line = strtok(log, "\n"); line; line = strtok(NULL, "\n"))
        if (strncmp(line, "<", 1) == 0 && (strstr(line, " kvm") || strstr(line, "SVM")))
            printf("%s\n", strchr(line, '>') + 1);
}

/* Reads a whole file and adds a 0. Returns NULL if the file is missing or too large. */
static char *read_file(const char *path, char *buffer, size_t size, size_t *length)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, buffer, size - 1);

    if (fd >= 0)
        close(fd);
    if (got < 0)
        return NULL;
    buffer[got] = '\0';
    *length = (size_t)got;
    return buffer;
}

static void open_as(int fd, const char *path, int flags)
{
    int file = open(path, flags, 0600);

    if (file < 0 || dup2(file, fd) < 0)
        _exit(127);
    close(file);
}

/* Starts a session on the terminal that /dev/console stands for; /dev/console itself cannot be a
 * session's terminal. Labvisor reads single keys only from the terminal of its session. */
static void open_terminal(void)
{
    setsid();
    open_as(STDIN_FILENO, "/dev/ttyS0", O_RDWR);
    ioctl(STDIN_FILENO, TIOCSCTTY, 0);
    dup2(STDIN_FILENO, STDOUT_FILENO);
    dup2(STDIN_FILENO, STDERR_FILENO);
}

/* Connects to labvisor, which may need a while to listen. Fails if labvisor has ended. */
static int connect_to_gdb(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = GDB_SOCKET};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    for (int tries = 0; tries < 1000; tries++) {
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
            return fd;
        usleep(10000);
    }
    close(fd);
    return -1;
}

/* Copies what one side has sent to the other. Returns false at its end. */
static bool pass(int from, int to)
{
    char buffer[4096];
    ssize_t got = read(from, buffer, sizeof(buffer));

    return got > 0 && write(to, buffer, (size_t)got) == got;
}

/* Connects the console to labvisor's stub for gdb, until labvisor closes the connection. */
static void relay(void)
{
    int gdb = connect_to_gdb(), console = open("/dev/ttyS0", O_RDWR | O_NOCTTY);
    struct pollfd fds[] = {{.fd = gdb, .events = POLLIN}, {.fd = console, .events = POLLIN}};
    struct termios raw;

    if (gdb < 0) {
        fail("labvisor does not wait for gdb");
        return;
    }
    tcgetattr(console, &raw);
    cfmakeraw(&raw);
    tcsetattr(console, TCSANOW, &raw);
    printf("init: gdb\n");
    fflush(stdout);
    while (poll(fds, 2, -1) > 0) {
        if (fds[0].revents && !pass(gdb, console))
            break;
        if (fds[1].revents && !pass(console, gdb))
            break;
    }
    close(gdb);
    close(console);
}

/* Runs in the child. Each word of a command line ends with a 0, as in /proc/PID/cmdline. */
static void execute(char *words, size_t length, const char *input)
{
    char *argv[WORDS_MAX + 1];
    size_t count = 0;

    for (char *at = words; at < words + length && count < WORDS_MAX; at += strlen(at) + 1)
        argv[count++] = at;
    argv[count] = NULL;
    if (access(input, F_OK) == 0) {
        open_as(STDIN_FILENO, input, O_RDONLY);
        open_as(STDOUT_FILENO, "/stdout", O_WRONLY | O_CREAT | O_TRUNC);
        open_as(STDERR_FILENO, "/stderr", O_WRONLY | O_CREAT | O_TRUNC);
    } else {
        open_terminal();
    }
    execv(argv[0], argv);
    _exit(127);
}

static long size_of(const char *path)
{
    struct stat file;

    return stat(path, &file) == 0 ? (long)file.st_size : 0;
}

/* Writes a file to the console unchanged, and removes it. */
static void put_file(const char *path)
{
    char buffer[4096];
    FILE *file = fopen(path, "re");
    size_t got;

    if (!file)
        return;
    while ((got = fread(buffer, 1, sizeof(buffer), file)) > 0)
        fwrite(buffer, 1, got, stdout);
    fclose(file);
    unlink(path);
}

/*
 * Makes one run: /runs/N/args is its command line. If /runs/N/input exists, the run reads that, and
 * its output follows the line with its status; else it has the console. If /runs/N/gdb exists, the
 * console is connected to labvisor's --gdb=/gdb.
 * Returns false if there is no such run.
 */
static bool run(unsigned number)
{
    char path[64], input[64], gdb[64], words[ARGS_MAX];
    size_t length;
    int status = 0;
    pid_t child;

    snprintf(path, sizeof(path), "/runs/%u/args", number);
    snprintf(input, sizeof(input), "/runs/%u/input", number);
    snprintf(gdb, sizeof(gdb), "/runs/%u/gdb", number);
    if (!read_file(path, words, sizeof(words), &length))
        return false;
    if (length == sizeof(words) - 1)
        printf("init: failed: the command line is longer than %d bytes, and is cut\n", ARGS_MAX);
    printf("init: run %u begins\n", number);
    fflush(stdout);
    child = fork();
    if (child == 0)
        execute(words, length, input);
    if (access(gdb, F_OK) == 0)
        relay();
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    status = WIFSIGNALED(status) ? SIGNAL_STATUS + WTERMSIG(status) : WEXITSTATUS(status);
    printf("init: run %u ends: status %d, %ld bytes of output, %ld of errors\n", number, status,
           size_of("/stdout"), size_of("/stderr"));
    put_file("/stdout");
    put_file("/stderr");
    fflush(stdout);
    return true;
}

/* The console passes bytes unchanged: no \r before a \n. */
static void set_console(void)
{
    struct termios console;

    if (tcgetattr(STDOUT_FILENO, &console) < 0)
        return;
    console.c_oflag &= ~(tcflag_t)OPOST;
    tcsetattr(STDOUT_FILENO, TCSANOW, &console);
}

int main(void)
{
    printf("init: Linux is up\n");
    set_console();
    if (mount("dev", "/dev", "devtmpfs", 0, NULL) < 0 && errno != EBUSY)
        fail("/dev");
    load_modules();
    show_kernel_log();
    if (access("/dev/kvm", F_OK) < 0)
        fail("/dev/kvm");
    else
        for (unsigned i = 0; run(i); i++)
            ;
    printf("init: the end\n");
    fflush(stdout);
    tcdrain(STDOUT_FILENO);
    reboot(RB_POWER_OFF);
    return 0;
}
