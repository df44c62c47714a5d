/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include "backends/soft/hart.h"
#include "core/platform.h"
#include "core/turns.h"
#include "image/symbols.h"

#include <stdlib.h>
#include <string.h>

#define RAM_BASE 0x80000000
#define RAM_SIZE 0x20000

/* ---- The host: nobody types, and what is printed is lost ---- */

unsigned host_waits;
static uint64_t now;

uint64_t host_now(void)
{
    return now += 1000;
}

uint64_t host_wall_clock(void)
{
    return now;
}

/* Ends a run that only waits, or that takes too long. */
int host_stop_signal(void)
{
    return host_waits > 3 || now > 40000000;
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
        *flag = 1; /* gdb's stub polls the link sometimes */
}

void host_wait(uint64_t until_ns, bool input_too)
{
    (void)until_ns, (void)input_too;
    host_waits++;
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
    return (ptrdiff_t)size;
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

/* ---- The VM ---- */

static size_t read_nothing(const struct source *source, uint64_t offset, void *buffer,
                           size_t length)
{
    (void)source, (void)offset, (void)buffer, (void)length;
    return 0;
}

static struct source nothing = {"fuzz", 0, read_nothing, 0};
struct image machine_image = {.source = &nothing, .type = IMAGE_RISCV64};

static void start(struct vm *vm, const uint32_t *code, size_t size)
{
    struct soft_vm *soft;

    if (soft_backend.vm_create(vm))
        abort();
    soft = vm->state;
    memcpy(vm->memory.hva, code, size);
    soft->harts[0].pc = RAM_BASE;
    soft->harts[0].x[2] = RAM_BASE + RAM_SIZE - 64;
    vm->vcpus[0].timer.deadline = UINT64_MAX;
}

void machine_run(const uint32_t *code, size_t size, struct journal *journal,
                 void (*run)(struct vm *vm, struct journal *journal))
{
    struct image image = machine_image;
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

    if (!vm.memory.hva)
        abort();
    now = 0;
    host_waits = 0;
    vm_init(&vm);
    start(&vm, code, size);
    journal_attach(journal, &vm);
    run(&vm, journal);
    soft_backend.vm_destroy(&vm);
    image_free_symbols(&image);
    free(vm.memory.hva);
}
