/* SPDX-License-Identifier: MIT */
/*
 * Lab 9: makes a second guest beside the one that labvisor has made, shares a page between them,
 * and reads the plan:
 *
 *   labvisor FIRST.elf SECOND.elf NUMBER exits | slices WEIGHT WEIGHT | file PATH
 *
 * All words from FIRST.elf on are the arguments of both guests.
 */
#include "core/hypercall.h"
#include "core/limits.h"
#include "guests.h"
#include "host/posix/host.h"
#include "main/setup.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../guest/shared.h"

static struct vm second;
static struct source source;
static struct image image;
static struct plan plan = {.mode = BY_EXITS};

void handle_LAB9_which_guest(struct vcpu *vcpu, const uint64_t *args, struct sbiret *ret)
{
    (void)args;
    *ret = (struct sbiret){SBI_SUCCESS, vcpu->vm == &second};
}

/* Returns the argument with this number, or NULL. */
static const char *argument(const struct vm *vm, unsigned number)
{
    const char *at = vm->args, *end = vm->args + vm->args_size;

    while (number-- > 0 && at < end)
        at += strlen(at) + 1;
    return at < end ? at : NULL;
}

static int read_file(const char *path)
{
    FILE *file = fopen(path, "r");

    while (file && plan.turn_count < TURNS_MAX &&
           fscanf(file, "%u %" SCNu64, &plan.turns[plan.turn_count].guest,
                  &plan.turns[plan.turn_count].exits) == 2 &&
           plan.turns[plan.turn_count].guest < 2)
        plan.turn_count++;
    if (file)
        fclose(file);
    return plan.turn_count ? 0 : fail(STATUS_USAGE, "%s: lines such as `0 3` were expected", path);
}

static int read_plan(const struct vm *vm)
{
    const char *mode = argument(vm, 3), *one = argument(vm, 4), *other = argument(vm, 5);

    if (mode && strcmp(mode, "exits") == 0)
        return 0;
    plan.mode = BY_FILE;
    if (mode && strcmp(mode, "file") == 0 && one)
        return read_file(one);
    plan.mode = BY_SLICES;
    plan.weights[0] = one ? strtoull(one, NULL, 10) : 0;
    plan.weights[1] = other ? strtoull(other, NULL, 10) : 0;
    if (mode && strcmp(mode, "slices") == 0 && plan.weights[0] && plan.weights[1])
        return 0;
    return fail(STATUS_USAGE, "a second guest, a number, and `exits`, `slices 7 3` or `file PATH` "
                              "expected");
}

/* Maps one page of host memory at SHARED_PAGE in both guests. */
static int share_page(const struct vm *one, const struct vm *other)
{
    int fd = memfd_create("shared", MFD_CLOEXEC);
    uint64_t offset = SHARED_PAGE - one->memory.base.value;
    bool shared = fd >= 0 && ftruncate(fd, SHARED_SIZE) == 0;

    for (unsigned i = 0; i < 2; i++)
        shared =
            shared && mmap((i ? other : one)->memory.hva + offset, SHARED_SIZE,
                           PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED;
    if (fd >= 0)
        close(fd);
    return shared ? 0 : fail(STATUS_HOST, "the guests cannot share memory");
}

/* Makes the second guest like the first one, of another image, with a vCPU of its own. */
static int create_second(const struct vm *first)
{
    const struct vm_options options = {
        .backend = first->backend->name,
        .memory = first->memory.size,
        .vcpus = 1,
        .timeout = first->timeout,
        .max_exits = first->exit_limit,
        .max_insns = first->insn_limit,
        .args = first->args,
        .args_size = first->args_size,
    };
    const char *path = argument(first, 1);
    int status = host_open_image(&source, path ? path : "");

    if (!status)
        status = image_open(&image, &source);
    if (!status)
        status = vm_create(&second, &image, &options);
    return status ? status : share_page(first, &second);
}

/* The first guest's vm->run. Its console, and what watches it, are the second one's, too. */
static void run_both(struct vm *vm)
{
    struct vm *guests[2] = {vm, &second};

    second.console = vm->console;
    second.hooks = vm->hooks;
    second.hook_events = vm->hook_events;
    limits_start_clock(&second);
    run_guests(guests, &plan);
}

int lab_setup(struct vm *vm)
{
    int status = read_plan(vm);

    if (!status)
        status = create_second(vm);
    vm->run = run_both;
    return status;
}
