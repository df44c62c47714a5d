/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: any registers as hypercalls of several vCPUs, through turns, dispatch,
 * handlers and the words for the trace. RAM is exactly one malloc block, so that
 * ASan sees an access outside it. The host is a mock. Other harts may write to a buffer while a
 * handler works on it, so a handler fetches each byte once, or the target fails.
 */
#include "core/hypercall.h"
#include "core/platform.h"
#include "core/turns.h"
#include "image/symbols.h"
#include "watch/labels.h"
#include "watch/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RAM_BASE 0x80000000
#define RAM_SIZE 0x3000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t now;
static unsigned waits;
static uint8_t checksum; /* keeps reads of guest memory from being optimised away */

/* ---- Fetches from guest memory: clang calls these before each load (SanitizerCoverage) ---- */

#define NOT_WATCHED __attribute__((no_sanitize("coverage")))

static const struct vm *watched; /* NULL: no handler is at work */
static uint8_t fetched[RAM_SIZE];

NOT_WATCHED static void fetch(const void *from, size_t size)
{
    size_t offset;

    if (!watched || watched->stopped) /* then no hart runs */
        return;
    offset = (size_t)((const uint8_t *)from - watched->memory.hva);
    for (size_t i = 0; offset < RAM_SIZE && i < size && i < RAM_SIZE - offset; i++)
        if (fetched[offset + i]++)
            abort();
}

#define LOAD(size)                                                                                 \
    void __sanitizer_cov_load##size(const void *from);                                             \
    NOT_WATCHED void __sanitizer_cov_load##size(const void *from)                                  \
    {                                                                                              \
        fetch(from, size);                                                                         \
    }
LOAD(1)
LOAD(2)
LOAD(4)
LOAD(8)
LOAD(16)

/* memcpy of the VMM's files. */
NOT_WATCHED void *memcpy(void *to, const void *from, size_t size)
{
    fetch(from, size);
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    return to;
}

/* ---- The host ---- */

uint64_t host_now(void)
{
    return now++;
}

uint64_t host_wall_clock(void)
{
    return now;
}

int host_set_alarm(uint64_t when_ns)
{
    return when_ns != NEVER && when_ns % 64 == 63;
}

void host_wait(uint64_t until_ns, bool input)
{
    (void)input;
    waits++;
    now = until_ns == NEVER ? now + 1 : until_ns;
}

/* A guest may wait for ever; the fuzzer may not. */
int host_stop_signal(void)
{
    return waits > 100;
}

unsigned host_input_state(void)
{
    return now % 3 ? LAB_EVENT_INPUT : LAB_EVENT_EOF;
}

size_t host_input_read(void *buffer, size_t size)
{
    if (size > now % 5000)
        size = now % 5000;
    memset(buffer, 'i', size);
    return size;
}

void host_input_poll(void)
{
}

/* The kernel fetches what it is given; after an error, again. */
NOT_WATCHED ptrdiff_t host_output_write(const void *buffer, size_t size)
{
    for (size_t i = 0; i < size; i++)
        checksum ^= ((const uint8_t *)buffer)[i];
    switch (now++ % 16) {
    case 0:
        return -EIO;
    case 1:
        waits++;
        return -EINTR;
    case 2:
        return (ssize_t)(size - size / 2);
    default:
        return (ssize_t)size;
    }
}

void host_set_kick_flag(volatile uint8_t *flag)
{
    (void)flag;
}

/* vCPUs take turns: there are no threads, and no lock is needed. */

void host_lock(void)
{
    abort();
}

void host_unlock(void)
{
    abort();
}

struct host_thread *host_thread_self(void)
{
    abort();
}

void host_kick(const struct host_thread *thread)
{
    (void)thread;
    abort();
}

void host_set_end(uint64_t end_ns)
{
    (void)end_ns;
    abort();
}

/* ---- The back end ---- */

static uint64_t mock_time(struct vcpu *vcpu)
{
    (void)vcpu;
    return now;
}

static uint64_t mock_frequency(struct vcpu *vcpu)
{
    (void)vcpu;
    return now % 7 ? 1000000007 : 0;
}

static size_t read_nothing(const struct source *source, uint64_t offset, void *buffer,
                           size_t length)
{
    (void)source, (void)offset, (void)buffer, (void)length;
    return 0;
}

/* ---- The guest, on the vCPU that has its turn ---- */

static struct input {
    const uint8_t *data;
    size_t left;
} input;

static uint64_t take(size_t size)
{
    uint64_t value = 0;

    if (size > input.left)
        size = input.left;
    memcpy(&value, input.data, size);
    input.data += size;
    input.left -= size;
    return value;
}

/* A register: any number, or one near an edge of RAM. */
static uint64_t take_register(void)
{
    uint64_t choice = take(1);

    switch (choice % 8) {
    case 0:
        return take(8);
    case 1:
        return RAM_BASE + RAM_SIZE - choice / 8;
    case 2:
        return RAM_BASE + take(2);
    case 3:
        return -take(2);
    default:
        return choice / 8;
    }
}

/* Checks the result of the last exit: SBI has no other errors. */
static void check_result(const struct vcpu *vcpu)
{
    const struct hypercall *hypercall = &vcpu->exit.hypercall;
    char text[256];

    if (vcpu->exit.kind == EXIT_HYPERCALL && !hypercall->legacy &&
        (hypercall->ret.error > 0 || hypercall->ret.error < SBI_ERR_NO_SHMEM))
        abort();
    describe_exit(&vcpu->exit, true, text, sizeof(text));
}

static void make_call(struct hypercall *hypercall)
{
    uint64_t which = take(1);

    if (which < call_count) {
        hypercall->eid = calls[which].eid;
        hypercall->fid = calls[which].fid;
    } else {
        hypercall->eid = take_register();
        hypercall->fid = take_register();
    }
    for (unsigned i = 0; i < HYPERCALL_ARGS; i++)
        hypercall->args[i] = take_register();
}

static volatile uint8_t *mock_kick_flag(struct vcpu *vcpu)
{
    static volatile uint8_t flag;

    (void)vcpu;
    return &flag;
}

static enum ran mock_run(struct vcpu *vcpu)
{
    if (!vcpu->started || vcpu->waiting)
        abort();
    check_result(vcpu);
    watched = NULL;
    if (input.left == 0) {
        vm_stop(vcpu->vm, 0);
        vcpu->exit.kind = EXIT_KICK;
        return RAN_TO_EXIT;
    }
    switch (take(1) % 8) {
    case 0:
        vcpu->exit.kind = EXIT_KICK;
        vcpu->slice = 0;
        return RAN_SLICE;
    case 1:
        vcpu->exit.kind = EXIT_HALT;
        vcpu->exit.wakes = take(1) % 4;
        return RAN_TO_EXIT;
    case 2:
        vcpu->ipi = vcpu->timer.line = false; /* it takes its interrupts */
        vcpu->exit.kind = EXIT_KICK;
        return RAN_TO_EXIT;
    default:
        vcpu->exit.kind = EXIT_HYPERCALL;
        make_call(&vcpu->exit.hypercall);
        memset(fetched, 0, sizeof(fetched));
        watched = vcpu->vm;
        return RAN_TO_EXIT;
    }
}

static void mock_start(struct vcpu *vcpu, uint64_t address, uint64_t opaque)
{
    if (address - RAM_BASE >= RAM_SIZE)
        abort();
    vcpu->exit.kind = EXIT_KICK;
    vcpu->timer = (struct timer){.deadline = opaque};
}

static void mock_skip_time(struct vcpu *vcpu, uint64_t until)
{
    if (!vcpu->timer.armed)
        abort();
    waits++;
    now = until > now ? until : now;
}

static void mock_flush(struct vcpu *vcpu, uint64_t asid)
{
    (void)asid;
    if (vcpu->id >= vcpu->vm->vcpu_count)
        abort();
}

static uint64_t mock_pc(const struct vcpu *vcpu)
{
    return vcpu->exit.hypercall.args[0];
}

static void mock_show(struct vcpu *vcpu, FILE *out)
{
    (void)vcpu, (void)out;
}

static void mock_paging(struct vcpu *vcpu, struct paging *paging)
{
    (void)vcpu;
    *paging = (struct paging){.off = "it is a mock"};
}

static const char *mock_trap_name(uint64_t cause, bool *has_address)
{
    *has_address = cause & 1;
    return cause & 2 ? "a trap" : NULL;
}

static const struct backend mock = {
    .name = "mock",
    .slices = true,
    .start = mock_start,
    .kick_flag = mock_kick_flag,
    .run = mock_run,
    .stack_size = 0x200,
    .stack_stride = 0x1200,
    .time = mock_time,
    .frequency = mock_frequency,
    .skip_time = mock_skip_time,
    .flush = mock_flush,
    .pc = mock_pc,
    .show_registers = mock_show,
    .paging = mock_paging,
    .trap_name = mock_trap_name,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source source = {"fuzz", 0, read_nothing, 0};
    struct image image = {.source = &source};
    struct labels *labels;
    uint64_t options;
    char args[] = "guest\0one\0two";
    struct vcpu vcpus[VCPU_MAX] = {0};
    struct vm vm = {
        .backend = &mock,
        .memory = {gpa(RAM_BASE), RAM_SIZE, malloc(RAM_SIZE)},
        .image = &image,
        .args = args,
        .args_size = sizeof(args),
        .vcpus = vcpus,
        .exit_limit = UINT64_MAX,
        .insn_limit = UINT64_MAX,
        .end_ns = NEVER,
        .run = run_in_turn,
    };

    input = (struct input){data, size};
    vm.vcpu_count = 1 + take(1) % VCPU_MAX;
    options = take(1);
    vm.virtual_time = options & 1;
    vm_init(&vm);
    labels = options & 2 ? labels_create(&vm, options & 4) : NULL;
    memset(vm.memory.hva, 'g', RAM_SIZE);
    now = take(1);
    waits = 0;
    vm_run(&vm);
    watched = NULL;
    free(labels);
    image_free_symbols(&image);
    free(vm.memory.hva);
    return 0;
}
