/*
 * libFuzzer: any registers as hypercalls, one after the other, through dispatch,
 * handlers and the words for the trace. RAM is exactly as large as malloc made it, so
 * that ASan sees a byte too many; the host is a mock.
 */
#include "hypercall.h"
#include "platform.h"
#include "symbols.h"
#include "watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RAM_BASE 0x80000000
#define RAM_SIZE 0x3000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t now;
static unsigned waits;
static uint8_t checksum; /* keeps reads of guest memory from being optimised away */

char *printable(char *text)
{
    return text;
}

int fail(enum status status, const char *format, ...)
{
    (void)format;
    return (int)status;
}

/* ---- The host ---- */

uint64_t host_now(void)
{
    return now++;
}

int host_set_alarm(uint64_t when_ns)
{
    return when_ns % 64 == 63;
}

void host_wait(uint64_t until_ns, bool input)
{
    (void)input;
    waits++;
    now = until_ns == NEVER ? now + 1 : until_ns;
}

/* A guest may wait for ever; whoever runs it will not. */
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

ssize_t host_output_write(const void *buffer, size_t size)
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

static uint64_t mock_pc(const struct vcpu *vcpu)
{
    return vcpu->exit.hypercall.args[0];
}

static void mock_show(struct vcpu *vcpu, FILE *out)
{
    (void)vcpu, (void)out;
}

static void mock_walk(struct vcpu *vcpu, uint64_t gva, FILE *out)
{
    (void)vcpu, (void)gva, (void)out;
}

static const char *mock_trap_name(uint64_t cause, bool *has_address)
{
    *has_address = cause & 1;
    return cause & 2 ? "a trap" : NULL;
}

static const struct backend mock = {
    .name = "mock",
    .time = mock_time,
    .frequency = mock_frequency,
    .pc = mock_pc,
    .show_registers = mock_show,
    .show_walk = mock_walk,
    .trap_name = mock_trap_name,
};

static size_t read_nothing(const struct source *source, uint64_t offset, void *buffer,
                           size_t length)
{
    (void)source, (void)offset, (void)buffer, (void)length;
    return 0;
}

/* ---- The guest ---- */

struct input {
    const uint8_t *data;
    size_t left;
};

static uint64_t take(struct input *input, size_t size)
{
    uint64_t value = 0;

    if (size > input->left)
        size = input->left;
    memcpy(&value, input->data, size);
    input->data += size;
    input->left -= size;
    return value;
}

/* A register: any number, or one near an edge of RAM. */
static uint64_t take_register(struct input *input)
{
    uint64_t choice = take(input, 1);

    switch (choice % 8) {
    case 0:
        return take(input, 8);
    case 1:
        return RAM_BASE + RAM_SIZE - choice / 8;
    case 2:
        return RAM_BASE + take(input, 2);
    case 3:
        return -take(input, 2);
    default:
        return choice / 8;
    }
}

/* One call. The host must not read a guest's mind: results are checked for what SBI allows. */
static void call(struct vcpu *vcpu, struct input *input)
{
    struct hypercall *hypercall = &vcpu->exit.hypercall;
    uint64_t which = take(input, 1);
    char text[256];

    vcpu->exit.kind = EXIT_HYPERCALL;
    if (which < call_count) {
        hypercall->eid = calls[which].eid;
        hypercall->fid = calls[which].fid;
    } else {
        hypercall->eid = take_register(input);
        hypercall->fid = take_register(input);
    }
    for (unsigned i = 0; i < HYPERCALL_ARGS; i++)
        hypercall->args[i] = take_register(input);
    hypercall_dispatch(vcpu);
    if (!hypercall->legacy && (hypercall->ret.error > 0 || hypercall->ret.error < SBI_ERR_NO_SHMEM))
        abort();
    describe_exit(vcpu, text, sizeof(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source source = {"fuzz", 0, read_nothing, 0};
    struct image image = {.source = &source};
    struct input input = {data, size};
    char args[] = "guest\0one\0two";
    struct vm vm = {
        .backend = &mock,
        .memory = {gpa(RAM_BASE), RAM_SIZE, malloc(RAM_SIZE)},
        .image = &image,
        .args = args,
        .args_size = sizeof(args),
        .end_ns = NEVER,
    };
    struct vcpu vcpu = {.vm = &vm};

    memset(vm.memory.hva, 'g', RAM_SIZE);
    now = take(&input, 1);
    waits = 0;
    while (input.left > 0 && !vm.stopped)
        call(&vcpu, &input);
    symbols_free(vm.symbols);
    free(vm.memory.hva);
    return 0;
}
