/* SPDX-License-Identifier: MIT */
/* Makes the filter of system calls from calls.def (userspace-api/seccomp_filter.rst). */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#if defined(__x86_64__)
#define THIS_MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_MACHINE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define THIS_MACHINE (EM_RISCV | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE)
#else
#define THIS_MACHINE 0 /* calls.def was not checked there */
#endif

/* TCGETS2, TCSETS2, whose struct no header has beside that of termios.h. */
#define TERMIOS2_GET 0x802c542a
#define TERMIOS2_SET 0x402c542b

#define CODE_MAX 512
#define BLOCK    8   /* rows that a call with a higher number passes over together */
#define FAILS    255 /* a jump to the next row */

enum kind { END, IS_ONE_OF, HAS_NONE_OF, HAS_ALL_OF, IS_THIS_PROCESS, IS_STANDARD, IS_ABSENT };

struct test {
    enum kind kind;
    unsigned argument;
    uint32_t values[4]; /* 0 ends them */
};

struct row {
    int call;
    unsigned run;
    struct test tests[2];
};

#define ANY                                                                                        \
    {                                                                                              \
        END, 0,                                                                                    \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define ONE_OF(argument, ...)                                                                      \
    {                                                                                              \
        IS_ONE_OF, argument,                                                                       \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define NONE_OF(argument, bits)                                                                    \
    {                                                                                              \
        HAS_NONE_OF, argument,                                                                     \
        {                                                                                          \
            bits                                                                                   \
        }                                                                                          \
    }
#define ALL_OF(argument, bits)                                                                     \
    {                                                                                              \
        HAS_ALL_OF, argument,                                                                      \
        {                                                                                          \
            bits                                                                                   \
        }                                                                                          \
    }
#define THIS_PROCESS(argument)                                                                     \
    {                                                                                              \
        IS_THIS_PROCESS, argument,                                                                 \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define STANDARD(argument)                                                                         \
    {                                                                                              \
        IS_STANDARD, argument,                                                                     \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define ABSENT                                                                                     \
    {                                                                                              \
        IS_ABSENT, 0,                                                                              \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define CALL(name, run, ...) {SYS_##name, RUN_##run, {__VA_ARGS__}},
#define ELSE(name, run, ...) CALL(name, run, __VA_ARGS__)
#define REFUSED(name)

static const struct row rows[] = {
#include "calls.def"
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

struct filter {
    unsigned count;
    struct sock_filter code[CODE_MAX];
};

static void emit(struct filter *filter, unsigned code, uint32_t value, unsigned yes, unsigned no)
{
    if (filter->count < CODE_MAX)
        filter->code[filter->count++] =
            (struct sock_filter){(uint16_t)code, (uint8_t)yes, (uint8_t)no, value};
}

static void load(struct filter *filter, size_t offset)
{
    emit(filter, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void jump(struct filter *filter, unsigned test, uint32_t value, unsigned yes, unsigned no)
{
    emit(filter, BPF_JMP | test | BPF_K, value, yes, no);
}

static void answer(struct filter *filter, uint32_t action)
{
    emit(filter, BPF_RET | BPF_K, action, 0, 0);
}

/* Loads the low half of an argument. The kernel takes no more of those that have tests: they are
 * numbers of 32 bits, or sets of bits. */
static void load_argument(struct filter *filter, unsigned argument)
{
    load(filter, offsetof(struct seccomp_data, args) + sizeof(uint64_t) * argument);
}

static void test_values(struct filter *filter, const uint32_t *values, unsigned max)
{
    unsigned count = 0;

    while (count < max && values[count])
        count++;
    for (unsigned i = 0; i < count; i++)
        jump(filter, BPF_JEQ, values[i], count - 1 - i, i + 1 == count ? FAILS : 0);
}

static void test(struct filter *filter, const struct test *test)
{
    load_argument(filter, test->argument);
    switch (test->kind) {
    case IS_ONE_OF:
        test_values(filter, test->values, sizeof(test->values) / sizeof(test->values[0]));
        break;
    case HAS_NONE_OF:
        jump(filter, BPF_JSET, test->values[0], FAILS, 0);
        break;
    case HAS_ALL_OF:
        emit(filter, BPF_ALU | BPF_AND | BPF_K, test->values[0], 0, 0);
        jump(filter, BPF_JEQ, test->values[0], 0, FAILS);
        break;
    case IS_THIS_PROCESS:
        jump(filter, BPF_JEQ, (uint32_t)getpid(), 0, FAILS);
        break;
    case IS_STANDARD:
        jump(filter, BPF_JGT, STDERR_FILENO, FAILS, 0);
        break;
    case IS_ABSENT:
        answer(filter, SECCOMP_RET_ERRNO | ENOSYS);
        break;
    case END:
        break;
    }
}

/* Begins a row. Returns its first instruction, for end_row. */
static unsigned begin_row(struct filter *filter, int call)
{
    jump(filter, BPF_JEQ, (uint32_t)call, 0, FAILS);
    return filter->count - 1;
}

static void land(uint8_t *jump, unsigned distance)
{
    if (*jump == FAILS)
        *jump = (uint8_t)distance;
}

/* Allows the call, and lets each test that fails jump to the next row, with the call's number
 * loaded again. */
static void end_row(struct filter *filter, unsigned first)
{
    const bool tested = filter->count > first + 1;
    unsigned end;

    answer(filter, SECCOMP_RET_ALLOW);
    end = filter->count;
    for (unsigned i = first; i < end; i++) {
        land(&filter->code[i].jt, end - i - 1);
        land(&filter->code[i].jf, end - i - 1);
    }
    if (!tested)
        return;
    load(filter, offsetof(struct seccomp_data, nr));
    filter->code[first].jf++;
}

static void add_row(struct filter *filter, const struct row *row)
{
    unsigned first = begin_row(filter, row->call);

    for (size_t i = 0; i < sizeof(row->tests) / sizeof(row->tests[0]); i++)
        if (row->tests[i].kind != END)
            test(filter, &row->tests[i]);
    end_row(filter, first);
}

/* Allows a back end's requests. Their numbers tell what descriptors they are for: KVM's own, a
 * VM's, or a vCPU's. */
static void add_ioctls(struct filter *filter, const uint32_t *requests)
{
    unsigned first;

    if (!requests)
        return;
    first = begin_row(filter, SYS_ioctl);
    load_argument(filter, 1);
    test_values(filter, requests, UINT32_MAX);
    end_row(filter, first);
}

static int by_call(const void *a, const void *b)
{
    return (*(const struct row *const *)a)->call - (*(const struct row *const *)b)->call;
}

/* Collects the rows that a run needs, by their calls' numbers. Returns how many. */
static size_t choose_rows(const struct row **chosen, unsigned run)
{
    size_t count = 0;

    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].call != NO_CALL && rows[i].run & (run | RUN_ALWAYS))
            chosen[count++] = &rows[i];
    qsort(chosen, count, sizeof(chosen[0]), by_call);
    return count;
}

/* Adds the rows in blocks. A call with a higher number passes over a block in one step, because the
 * kernel tries all numbers when it installs a filter. */
static void add_rows(struct filter *filter, unsigned run)
{
    const struct row *chosen[ROWS] = {0};
    const size_t count = choose_rows(chosen, run);

    for (size_t first = 0, end; first < count; first = end) {
        unsigned start = filter->count;

        end = first + BLOCK < count ? first + BLOCK : count;
        while (end < count && chosen[end]->call == chosen[end - 1]->call)
            end++;
        jump(filter, BPF_JGT, (uint32_t)chosen[end - 1]->call, FAILS, 0);
        for (size_t i = first; i < end; i++)
            add_row(filter, chosen[i]);
        land(&filter->code[start].jt, filter->count - start - 1);
    }
}

/* KVM_RUN comes first, because it is asked most. The kernel remembers which calls need no test of
 * their arguments, and does not run the filter for them. */
static void make(struct filter *filter, const struct confinement *confinement)
{
    filter->count = 0;
    load(filter, offsetof(struct seccomp_data, arch));
    jump(filter, BPF_JEQ, THIS_MACHINE, 1, 0);
    answer(filter, SECCOMP_RET_KILL_PROCESS);
    load(filter, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < sizeof(confinement->ioctls) / sizeof(confinement->ioctls[0]); i++)
        add_ioctls(filter, confinement->ioctls[i]);
    add_rows(filter, confinement->run);
    answer(filter, confinement->log ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_TRAP);
}

/* Before Linux 5.16, a filter makes the whole process slower without the first of these flags,
 * which Linux 4.17 has. */
static int install(const struct sock_fprog *program, unsigned flags)
{
    int result = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                              flags | SECCOMP_FILTER_FLAG_SPEC_ALLOW, program);

    return result >= 0 ? result
                       : (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
}

static bool only_tell(const struct sock_fprog *program)
{
    int listener;

    if (!refused_expect())
        return false;
    listener = install(program, SECCOMP_FILTER_FLAG_NEW_LISTENER);
    refused_are_told_by(listener);
    return listener >= 0;
}

bool confine_calls(const struct confinement *confinement)
{
    static struct filter filter;
    struct sock_fprog program = {.filter = filter.code};

    if (THIS_MACHINE == 0)
        return false;
    make(&filter, confinement);
    program.len = (uint16_t)filter.count;
    return confinement->log ? only_tell(&program) : install(&program, 0) == 0;
}
