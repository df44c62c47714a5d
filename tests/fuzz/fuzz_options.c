/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: any words as a command line, and the device tree for what it asks for. The input has
 * the words after the program's name, each with a NUL. A tree that was written is read again.
 */
#include "core/platform.h"
#include "isa/riscv/device_tree.h"
#include "isa/riscv/fdt.h"
#include "main/abi.h"
#include "main/guest_mk.h"
#include "main/options.h"
#include "riscv64/machine.h"

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- What options.c needs of the rest ---- */

static jmp_buf ended;
static unsigned failures;

/* exit() of options.c, by fuzz.mk: --help and --version end the process. */
_Noreturn void exit(int status)
{
    if (status != 0)
        abort();
    longjmp(ended, 1);
}

int print_abi(void)
{
    return 0;
}

int print_guest_mk(void)
{
    return 0;
}

int fail(enum status status, const char *format, ...)
{
    char line[256];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    failures++;
    return (int)status;
}

/* ---- The device tree ---- */

static uint32_t load_big(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void check(bool right)
{
    if (!right)
        abort();
}

/* Whether a text has the arguments, with a space between them. */
static bool is_joined(char **args, const char *text)
{
    for (; *args; text++) {
        const size_t length = strlen(*args);

        if (strncmp(text, *args++, length) != 0)
            return false;
        text += length;
        if (*text != (*args ? ' ' : '\0'))
            return false;
    }
    return true;
}

/* Reads all tokens as a guest does: none leads out of the tree, the nodes are closed, and the
 * arguments are there, without a NUL between them. */
static void read_tree(const uint8_t *tree, char **args)
{
    enum { BEGIN_NODE = 1, END_NODE, PROP, END = 9 };
    const uint32_t total = load_big(tree + 4), names = load_big(tree + 12);
    const uint32_t names_size = load_big(tree + 32);
    uint32_t at = load_big(tree + 8), token, size, depth = 0;
    const uint32_t end = at + load_big(tree + 36);
    bool joined = false;

    check(total <= FDT_MAX_SIZE && end <= names && names_size <= total - names);
    for (; (token = load_big(tree + at)) != END; check(at < end)) {
        at += 4;
        if (token == BEGIN_NODE) {
            at += ((uint32_t)strlen((const char *)tree + at) + 4) & ~3u;
            depth++;
        } else if (token == END_NODE) {
            check(depth-- > 0);
        } else {
            check(token == PROP);
            size = load_big(tree + at);
            check(load_big(tree + at + 4) < names_size && size <= end - at - 8);
            if (strcmp((const char *)tree + names + load_big(tree + at + 4), "bootargs") == 0)
                joined = is_joined(args, (const char *)tree + at + 8);
            at += 8 + ((size + 3) & ~3u);
        }
    }
    check(at + 4 == end && depth == 0 && joined);
}

/* Joins words as main.c does. Returns the bytes, or 0 if setup.c refuses as many. */
static size_t join_args(const struct options *options, char *args)
{
    size_t size = strlen(options->guest) + 1;

    if (size > LAB_ARGS_MAX)
        return 0;
    memcpy(args, options->guest, size);
    for (char **arg = options->args; *arg; size += strlen(*arg++) + 1) {
        if (strlen(*arg) + 1 > LAB_ARGS_MAX - size)
            return 0;
        strcpy(args + size, *arg);
    }
    return size;
}

static void describe(const struct options *options)
{
    const struct riscv_tree tree = {.timebase = 10000000, .isa = "rv64imafdc"};
    char *args = malloc(LAB_ARGS_MAX);
    const size_t args_size = join_args(options, args);
    struct vm vm = {
        .memory = {gpa(0x80000000), FDT_MAX_SIZE, malloc(FDT_MAX_SIZE)},
        .vcpu_count = options->vm.vcpus,
        .args = args_size ? realloc(args, args_size) : args, /* ASan guards its end */
        .args_size = args_size,
    };

    if (args_size && options->vm.vcpus <= LAB_HARTS_MAX && riscv_write_device_tree(&vm, &tree) == 0)
        read_tree(vm.memory.hva, options->args);
    free(vm.memory.hva);
    free(vm.args);
}

/* ---- The command line ---- */

static void check_values(const struct options *options)
{
    const struct vm_options *vm = &options->vm;

    check(options->guest && options->args && vm->vcpus > 0 && vm->seed > 0 && vm->max_exits > 0);
    check(vm->max_insns > 0 && vm->timeout >= 0 && vm->timeout <= 365 * 86400.0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *argv[WORDS + 2] = {"labvisor"}, *at = text;
    struct options options;
    int argc = 1, status;

    memcpy(text, data, size);
    text[size] = '\0';
    for (; at < text + size && argc <= WORDS; at += strlen(at) + 1)
        argv[argc++] = at;
    optind = 0; /* getopt begins anew */
    failures = 0;
    if (!setjmp(ended)) {
        status = options_parse(&options, argc, argv);
        check(status == 0 ? failures == 0 : status == STATUS_USAGE && failures == 1);
        if (status == 0) {
            check_values(&options);
            describe(&options);
        }
    }
    free(text);
    return 0;
}
