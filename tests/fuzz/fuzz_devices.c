/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: a hostile kernel at the registers of the serial port, the interrupt controller and the
 * disk, with any bytes in the memory that the disk's queue lies in; and ways back, after which the
 * disk has to be what it was.
 *
 * An input is a list of steps. A step is a byte, whose low three bits choose what is done, and the
 * bytes that this takes.
 */
#include "machine.h"

#include "backends/soft/hart.h"
#include "core/console.h"
#include "core/platform.h"
#include "core/turns.h"
#include "services/block.h"
#include "services/uart.h"

#include <stdlib.h>
#include <string.h>

#define RAM_BASE  0x80000000u
#define RAM_SIZE  0x8000u
#define SECTORS   9u
#define STEPS_MAX 400

#define PLIC_BASE 0xc000000u
#define UART_BASE 0x10000000u
#define DISK_BASE 0x10001000u

enum step { LOAD, STORE, MEMORY, INPUT, SAVE, RESTORE, NOTIFY, SET_UP };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- The input, and what is typed ---- */

static struct {
    const uint8_t *at, *end;
} bytes;

static uint8_t next(void)
{
    return bytes.at < bytes.end ? *bytes.at++ : 0;
}

static uint32_t next_number(unsigned size)
{
    uint32_t number = 0;

    for (unsigned i = 0; i < size; i++)
        number |= (uint32_t)next() << 8 * i;
    return number;
}

static size_t typed;

static bool write_nothing(struct console *self, struct vcpu *vcpu, const void *text, size_t size)
{
    (void)self, (void)vcpu, (void)text, (void)size;
    return true;
}

static size_t read_typed(struct console *self, struct vcpu *vcpu, void *text, size_t size)
{
    (void)self, (void)vcpu;
    size = size < typed ? size : typed;
    memset(text, 'x', size);
    typed -= size;
    return size;
}

static unsigned poll_typed(struct console *self, struct vcpu *vcpu)
{
    (void)self, (void)vcpu;
    return typed ? LAB_EVENT_INPUT : 0;
}

static struct console console = {.write = write_nothing, .read = read_typed, .poll = poll_typed};

/* ---- The machine ---- */

static struct machine {
    struct vm vm;
    struct vcpu vcpus[2];
    struct plic plic;
    struct uart uart;
    struct block block;
    struct snapshot *snapshot; /* NULL: none */
    uint8_t *areas;            /* of the snapshot, and what the disk had then */
    uint8_t saved[SECTORS][DISK_SECTOR];
} machine;

static size_t read_file(const struct source *source, uint64_t offset, void *to, size_t length)
{
    (void)source;
    for (size_t i = 0; i < length; i++)
        ((uint8_t *)to)[i] = (uint8_t)((offset + i) * 7);
    return length;
}

static const struct source file = {"disk", SECTORS *DISK_SECTOR, read_file, 0};

static void check(bool good)
{
    if (!good)
        abort();
}

static void create(bool goes_back)
{
    struct vm *vm = &machine.vm;

    memset(&machine, 0, sizeof(machine));
    *vm = (struct vm){
        .backend = &soft_backend,
        .memory = {gpa(RAM_BASE), RAM_SIZE, calloc(1, RAM_SIZE)}, /* ASan guards both ends */
        .image = &machine_image,
        .vcpus = machine.vcpus,
        .vcpu_count = 2,
        .virtual_time = true,
        .end_ns = NEVER,
        .run = run_in_turn,
    };
    vm_init(vm);
    console_push(vm, &console);
    check(plic_add(&machine.plic, vm, gpa(PLIC_BASE)) == 0 &&
          uart_add(&machine.uart, vm, &machine.plic, gpa(UART_BASE)) == 0 &&
          block_add(&machine.block, vm, &machine.plic, gpa(DISK_BASE), &file, goes_back) == 0 &&
          soft_backend.vm_create(vm) == 0);
    machine.areas = malloc(vm_state_size(vm));
    check(machine.areas != NULL);
}

static void destroy(void)
{
    block_free(&machine.block);
    soft_backend.vm_destroy(&machine.vm);
    free(machine.vm.memory.hva);
    free(machine.areas);
}

static uint64_t perform(uint64_t address, unsigned size, bool write, uint64_t value)
{
    struct vcpu *vcpu = &machine.vcpus[0];

    vcpu->exit = (struct vm_exit){
        .kind = EXIT_MMIO,
        .access = {.address = address, .value = value, .count = 1, .size = (uint8_t)size},
    };
    vcpu->exit.access.write = write;
    devices_access(vcpu);
    return vcpu->exit.access.value;
}

/* Returns an address of a device: mostly of the disk, whose queue has the most to check. */
static uint64_t next_address(void)
{
    static const uint32_t bases[] = {DISK_BASE,
                                     DISK_BASE,
                                     PLIC_BASE,
                                     UART_BASE,
                                     DISK_BASE,
                                     PLIC_BASE + 0x2000,
                                     PLIC_BASE + 0x200000,
                                     UART_BASE};
    const uint32_t base = bases[next() % 8];

    return base + next_number(2) % 0x2200;
}

static void write_disk_register(uint32_t offset, uint32_t value)
{
    perform(DISK_BASE + offset, 4, true, value);
}

/* Brings the disk to where its queue is used: descriptors at 0x1000 of RAM, and so on. */
static void set_up_queue(uint32_t queue_size)
{
    write_disk_register(0x70, 0);
    write_disk_register(0x38, queue_size);
    for (unsigned i = 0; i < 3; i++) {
        write_disk_register(0x80 + 0x10 * i, RAM_BASE + 0x1000 * (i + 1));
        write_disk_register(0x84 + 0x10 * i, 0);
    }
    write_disk_register(0x44, 1);
    write_disk_register(0x70, 15);
}

/* ---- Snapshots ---- */

static void read_disk(uint8_t (*sectors)[DISK_SECTOR])
{
    for (unsigned i = 0; i < SECTORS; i++)
        check(disk_read(&machine.block.disk, i, sectors[i]));
}

static void save(void)
{
    if (machine.snapshot)
        return;
    machine.snapshot = soft_snapshots.save(&machine.vm);
    check(machine.snapshot != NULL);
    vm_save_state(&machine.vm, machine.areas);
    read_disk(machine.saved);
}

static void restore(void)
{
    static uint8_t sectors[SECTORS][DISK_SECTOR];

    if (!machine.snapshot)
        return;
    check(soft_snapshots.restore(&machine.vm, machine.snapshot));
    vm_load_state(&machine.vm, machine.areas);
    read_disk(sectors);
    check(memcmp(sectors, machine.saved, sizeof(sectors)) == 0);
}

/* ---- The steps ---- */

static void write_memory(void)
{
    const uint32_t at = next_number(2) % RAM_SIZE, length = next() % 64;
    uint8_t *hva = memory_for_write(&machine.vm, gpa(RAM_BASE + at), length);

    for (uint32_t i = 0; i < length; i++) {
        const uint8_t byte = next();

        if (hva)
            hva[i] = byte;
    }
}

static void check_state(void)
{
    const struct disk *disk = &machine.block.disk;

    check(disk->applied <= disk->count && disk->count <= disk->room);
    check(machine.uart.count <= sizeof(machine.uart.received) &&
          machine.uart.first + machine.uart.count <= (int)sizeof(machine.uart.received));
    check(machine.block.virtio.queue.size <= VIRTIO_QUEUE_MAX);
    check((machine.plic.pending & machine.plic.claimed) == 0);
}

static void step(void)
{
    const uint8_t first = next();
    const unsigned size = 1u << (first >> 3 & 3);
    uint64_t address;

    switch ((enum step)(first & 7)) {
    case LOAD:
        perform(next_address(), size, false, 0);
        return;
    case STORE:
        address = next_address();
        perform(address, size, true, next_number(4));
        return;
    case MEMORY:
        write_memory();
        return;
    case INPUT:
        typed = next();
        devices_poll(&machine.vcpus[0]);
        return;
    case SAVE:
        save();
        return;
    case RESTORE:
        restore();
        return;
    case NOTIFY:
        write_disk_register(0x50, 0);
        return;
    case SET_UP:
        set_up_queue(1u << (first >> 3 & 7));
        return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bytes.at = data;
    bytes.end = data + size;
    typed = 0;
    create(next() & 1); /* with versions of the disk; then the snapshot can be restored */
    for (unsigned i = 0; i < STEPS_MAX && bytes.at < bytes.end && !machine.vm.stopped; i++) {
        if ((*bytes.at & 7) == RESTORE && !machine.block.disk.keeps_versions)
            next();
        else
            step();
        check_state();
    }
    destroy();
    return 0;
}
