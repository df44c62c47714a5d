/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: any bytes from gdb's side of the connection, to a stub over the back end soft and a
 * guest of a few instructions. RAM is exactly one malloc block, so that ASan sees an access
 * outside it.
 */
#include "backends/soft/hart.h"
#include "core/platform.h"
#include "core/turns.h"
#include "gdb/debugger.h"
#include "image/symbols.h"
#include "replay/journal.h"
#include "replay/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RAM_BASE 0x80000000
#define RAM_SIZE 0x20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- The host: a client that sends everything at once, and then waits ---- */

static const uint8_t *input;
static size_t left;
static unsigned waits;
static uint64_t now;

uint64_t host_now(void)
{
    return now += 1000;
}

int host_listen(const char *where, char *text, size_t size)
{
    snprintf(text, size, "%s", where);
    return 0;
}

void host_unlisten(int listener, const char *where)
{
    (void)listener, (void)where;
}

int host_accept(int listener)
{
    (void)listener;
    return waits == 0 && left > 0 ? 1 : -1;
}

ptrdiff_t host_receive(int client, void *buffer, size_t size)
{
    (void)client;
    size = size < 97 && size < left ? size : left < 97 ? left : 97;
    memcpy(buffer, input, size);
    input += size;
    left -= size;
    return (ssize_t)size;
}

bool host_send(int client, const void *buffer, size_t size)
{
    (void)client, (void)buffer, (void)size;
    return true;
}

void host_hang_up(int client)
{
    (void)client;
}

void host_wait_for(int listener, int client)
{
    (void)listener, (void)client;
    waits++;
}

/* Ends the run when the client has sent everything, or the guest runs too long. */
int host_stop_signal(void)
{
    return waits > 3 || now > 40000000;
}

int host_set_alarm(uint64_t when_ns)
{
    (void)when_ns;
    return 0;
}

void host_set_end(uint64_t end_ns)
{
    (void)end_ns;
}

void host_set_kick_flag(volatile uint8_t *flag)
{
    if (flag)
        *flag = 1; /* the stub polls the link sometimes */
}

void host_wait(uint64_t until_ns, bool input_too)
{
    (void)until_ns, (void)input_too;
    waits++;
}

unsigned host_input_state(void)
{
    return LAB_EVENT_EOF;
}

size_t host_input_read(void *buffer, size_t size)
{
    (void)buffer, (void)size;
    return 0;
}

void host_input_poll(void)
{
}

ptrdiff_t host_output_write(const void *buffer, size_t size)
{
    (void)buffer;
    return (ssize_t)size;
}

void run_in_parallel(struct vm *vm)
{
    (void)vm;
    abort();
}

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
    return NULL;
}

void host_kick(const struct host_thread *thread)
{
    (void)thread;
}

static size_t read_nothing(const struct source *source, uint64_t offset, void *buffer,
                           size_t length)
{
    (void)source, (void)offset, (void)buffer, (void)length;
    return 0;
}

/* ---- */

/* A guest that counts, stores, and makes a call: console_write_byte, 5 bytes of code each time. */
static const uint32_t code[] = {
    0x00010537, /* lui a0, 0x10 */
    0x00150513, /* addi a0, a0, 1 */
    0x00a12023, /* sw a0, 0(sp) */
    0x444248b7, /* lui a7, 0x44424 */
    0x34e88893, /* addi a7, a7, 0x34e */
    0x00200813, /* addi a6, x0, 2 */
    0x00000073, /* ecall */
    0xff9ff06f, /* j -8 */
};

static void run(struct vm *vm)
{
    struct soft_vm *soft;
    struct journal *journal = journal_create(NULL);
    struct timeline *timeline;
    struct debugger *debugger;

    if (soft_backend.vm_create(vm))
        abort();
    soft = vm->state;
    memcpy(vm->memory.hva, code, sizeof(code));
    soft->harts[0].pc = RAM_BASE;
    soft->harts[0].x[2] = RAM_BASE + RAM_SIZE - 64;
    vm->vcpus[0].timer.deadline = UINT64_MAX;
    if (!journal)
        abort();
    journal_attach(journal, vm);
    timeline = timeline_create(vm, journal);
    if (!timeline || !timeline_begin(timeline))
        abort();
    debugger = debugger_create(vm, "fuzz", timeline);
    if (!debugger)
        abort();
    vm_run(vm);
    debugger_free(debugger);
    timeline_free(timeline);
    journal_free(journal);
    soft_backend.vm_destroy(vm);
    image_free_symbols(vm->image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source source = {"fuzz", 0, read_nothing, 0};
    struct image image = {.source = &source, .type = IMAGE_RISCV64};
    char args[] = "guest";
    struct vcpu vcpus[2] = {0};
    struct vm vm = {
        .backend = &soft_backend,
        .memory = {gpa(RAM_BASE), RAM_SIZE, calloc(1, RAM_SIZE)},
        .image = &image,
        .args = args,
        .args_size = sizeof(args),
        .vcpus = vcpus,
        .vcpu_count = 2,
        .exit_limit = 200,
        .insn_limit = 20000,
        .virtual_time = true,
        .end_ns = NEVER,
        .run = run_in_turn,
    };

    vm_init(&vm);
    input = data;
    left = size;
    waits = 0;
    now = 0;
    run(&vm);
    free(vm.memory.hva);
    return 0;
}
