/* SPDX-License-Identifier: MIT */
/*
 * main/setup.h without the command line: a VM from an options struct. Its run loop is left in the
 * middle, again and again, as a page does that has to draw, and nothing of the run changes.
 */
#include "core/console.h"
#include "core/hooks.h"
#include "host/posix/host.h"
#include "main/setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Leaves the run loop after every `period` exits; and collects the guest's output. */
struct leaver {
    struct hooks hooks;
    struct console console;
    unsigned period, exits, left;
    size_t size;
    char output[4096];
};

static void count_exit(struct hooks *hooks, struct vcpu *vcpu)
{
    struct leaver *leaver = (struct leaver *)hooks;

    if (leaver->period && !vcpu->waiting && ++leaver->exits % leaver->period == 0)
        vcpu->vm->leave = true;
}

static bool collect(struct console *console, struct vcpu *vcpu, const void *bytes, size_t size)
{
    struct leaver *leaver = (struct leaver *)((char *)console - offsetof(struct leaver, console));

    (void)vcpu;
    assert_true(size <= sizeof(leaver->output) - leaver->size);
    memcpy(leaver->output + leaver->size, bytes, size);
    leaver->size += size;
    return true;
}

struct result {
    int status;
    uint64_t exits, insns;
    unsigned left;
    char output[4096];
};

static struct result run(const char *guest, const struct vm_options *options, unsigned period)
{
    struct leaver leaver = {
        .hooks = {.events = HOOK_HANDLED, .handled = count_exit},
        .console = {.write = collect},
        .period = period,
    };
    struct result result = {0};
    struct vm vm = {0};
    struct source source;
    struct image image;

    assert_int_equal(host_open_image(&source, guest), 0);
    assert_int_equal(image_open(&image, &source), 0);
    assert_int_equal(vm_create(&vm, &image, options), 0);
    hooks_add(&vm, &leaver.hooks);
    console_push(&vm, &leaver.console);
    while (!vm.stopped) {
        result.status = vm_run(&vm);
        result.left += !vm.stopped;
    }
    result.exits = vm.exit_count;
    result.insns = vm.insn_count;
    memcpy(result.output, leaver.output, sizeof(result.output));
    vm_destroy(&vm);
    host_close_image(&source);
    return result;
}

static struct vm_options options_for(const char *backend, unsigned vcpus)
{
    static const char args[] = "guest";

    return (struct vm_options){
        .backend = backend,
        .memory = 64 << 20,
        .vcpus = vcpus,
        .max_exits = UINT64_MAX,
        .max_insns = UINT64_MAX,
        .seed = 3,
        .args = args,
        .args_size = sizeof(args),
    };
}

/* In turns, everything repeats: also when harts sleep, take interrupts and wait for each other. */
static void test_leave_in_turns(void **state)
{
    static const char *const guests[] = {
        "build/guests/riscv64/hello.elf",
        "build/guests/riscv64/clock.elf",
        "build/guests/riscv64/tests/harts.elf",
    };

    (void)state;
    if (access(guests[0], R_OK))
        skip();
    for (size_t i = 0; i < sizeof(guests) / sizeof(guests[0]); i++) {
        const struct vm_options options = options_for("soft", i == 2 ? 4 : 1);
        const struct result whole = run(guests[i], &options, 0);

        assert_int_equal(whole.left, 0);
        assert_true(whole.exits > 1 && whole.output[0]);
        for (unsigned period = 1; period < 8; period += 3) {
            const struct result parts = run(guests[i], &options, period);

            assert_true(parts.left >= whole.exits / period / 4);
            assert_int_equal(parts.status, whole.status);
            assert_int_equal(parts.exits, whole.exits);
            assert_int_equal(parts.insns, whole.insns);
            assert_string_equal(parts.output, whole.output);
        }
    }
}

/* Each vCPU has a thread: these end, and begin again. */
static void test_leave_threads(void **state)
{
    const char *guest = "build/guests/x86_64/sum.elf";
    const struct vm_options options = options_for("kvm-x86", 3);
    struct result whole, parts;

    (void)state;
    if (access(guest, R_OK) || access("/dev/kvm", R_OK | W_OK))
        skip();
    whole = run(guest, &options, 0);
    parts = run(guest, &options, 2);
    assert_true(parts.left > 0);
    assert_int_equal(parts.status, whole.status);
    assert_int_equal(strlen(parts.output), strlen(whole.output)); /* in another order */
    assert_non_null(strstr(parts.output, "1 + 2 + ... + 20000 = 200010000\n"));
}

static void test_refused(void **state)
{
    struct vm_options options = options_for("soft", 1);
    struct source source;
    struct image image;

    (void)state;
    if (host_open_image(&source, "build/guests/riscv64/hello.elf"))
        skip();
    assert_int_equal(image_open(&image, &source), 0);
    for (int i = 0; i < 3; i++) {
        struct vm vm = {0};

        options = options_for(i == 0 ? "none such" : "soft", i == 1 ? 1000 : 1);
        options.memory = i == 2 ? 4097 : options.memory;
        assert_int_equal(vm_create(&vm, &image, &options), STATUS_USAGE);
        vm_destroy(&vm);
    }
    host_close_image(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leave_in_turns),
        cmocka_unit_test(test_leave_threads),
        cmocka_unit_test(test_refused),
    };

    host_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
