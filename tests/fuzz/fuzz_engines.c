/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: the interpreter and the translator execute the same guest, with the same limits, in
 * two machines that stay equal. The input chooses instructions, most of them valid, registers and
 * page tables. The guest's stores change its code and its page tables.
 */
#include "backends/soft/hart.h"
#include "backends/soft/translate/translate.h"
#include "core/platform.h"
#include "core/vm.h"
#include "isa/riscv/csr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RAM_BASE  0x80000000
#define PAGES     16
#define RAM_SIZE  (PAGES * PAGE_SIZE)
#define CODE      4 /* pages with instructions; page tables follow, then data */
#define MAX_STEPS 6000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct machine {
    struct memory memory;
    struct soft_vm vm;
    struct hart *hart;
};

/* The input as a stream of numbers, which goes on after its end. */
struct stream {
    const uint8_t *data;
    size_t size, at;
    uint64_t state;
};

static uint32_t take(struct stream *stream)
{
    if (stream->at < stream->size)
        stream->state ^= (uint64_t)stream->data[stream->at++] << 24;
    stream->state = stream->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(stream->state >> 32);
}

uint64_t hart_time(const struct hart *hart)
{
    return hart->steps / 10 + hart->vm->time_skipped;
}

bool host_map_code(struct code_memory *memory, size_t size)
{
    int fd = memfd_create("code", 0);

    if (fd < 0 || ftruncate(fd, (off_t)size))
        abort();
    memory->write = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    memory->run = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    close(fd);
    return true;
}

void host_unmap_code(struct code_memory *memory, size_t size)
{
    munmap(memory->write, size);
    munmap((void *)(uintptr_t)memory->run, size);
}

static const struct row {
    uint32_t match, mask;
} rows[] = {
#define ROW(name, format, match, mask, ...) {match, mask},
#include "isa/riscv/ops.def"
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Puts a number into a field of an instruction. */
static uint32_t with(uint32_t bits, unsigned shift, uint32_t mask, uint32_t value)
{
    return (bits & ~(mask << shift)) | (value & mask) << shift;
}

/* Registers: x8 and x9 lead to code and to data, and few instructions write them; x31 counts
 * rounds; the others have values. */
#define TO_CODE 8
#define TO_DATA 9
#define COUNT   31

static uint32_t any_register(uint32_t random)
{
    return random % 8 ? 10 + random % 6 : 0;
}

/* Chooses an instruction of a row. */
static uint32_t choose(struct stream *stream)
{
    const uint32_t chance = take(stream), random = take(stream);
    const struct row *row = &rows[chance % 4 ? random % 76 : random % ROWS];
    uint32_t bits = take(stream);

    if (chance % 128 == 1)
        return bits;
    bits = with(bits, 7, 31, any_register(random >> 8));
    bits = with(bits, 15, 31, any_register(random >> 14));
    bits = with(bits, 20, 31, any_register(random >> 20));
    bits = (bits & ~row->mask) | row->match;
    switch (bits & 127) {
    case 0x63: /* branches go forwards */
        bits = with(bits, 25, 127, 0);
        return with(bits, 7, 31, 4 << (chance >> 8 & 1));
    case 0x6f:
        return (bits & 0xfff) | 0x00800000;
    case 0x67:
        return chance >> 8 & 7 ? 0x13 : with(bits, 15, 31, TO_CODE);
    case 0x03:
    case 0x07:
    case 0x23:
    case 0x27:
    case 0x2f:
        bits = with(bits, 15, 31, chance >> 8 & 3 ? TO_DATA : TO_CODE);
        return (bits & 127) == 0x2f ? bits : with(bits, 25 + (bits >> 5 & 1 ? 2 : 3), 31, 0);
    case 0x73: /* CSRs and traps are rare */
        return chance >> 8 & 7 ? 0x13 : bits;
    default:
        return bits;
    }
}

/* Puts an instruction at *at. */
static void put(uint8_t *ram, unsigned *at, uint32_t bits)
{
    memcpy(ram + *at, &bits, 4);
    *at += (bits & 3) == 3 ? 4 : 2;
}

/* Loops of some instructions, one after the other. */
static void put_code(struct stream *stream, uint8_t *ram)
{
    unsigned at = 0;

    while (at + 128 <= CODE * PAGE_SIZE && (stream->at < stream->size || at < PAGE_SIZE)) {
        const unsigned begin = at, count = 4 + take(stream) % 16;
        uint32_t back;

        for (unsigned i = 0; i < count; i++)
            put(ram, &at, choose(stream));
        put(ram, &at, 0xffff8f93); /* addi x31, x31, -1 */
        back = begin - at;
        if (take(stream) % 8) /* bnez x31, begin */
            put(ram, &at,
                0x000f9063 | (back >> 12 & 1) << 31 | (back >> 5 & 63) << 25 |
                    (back >> 1 & 15) << 8 | (back >> 11 & 1) << 7);
        put(ram, &at, 0x03f00f93); /* li x31, 63 */
    }
}

/* Sv39 tables: virtual pages of RAM's address lead to pages of RAM, most of them to the same. */
static void put_tables(struct stream *stream, uint8_t *ram)
{
    uint64_t *root = (uint64_t *)(ram + CODE * PAGE_SIZE), *middle = root + 512,
             *leaf = middle + 512;

    root[RAM_BASE >> 30] = ((RAM_BASE >> PAGE_SHIFT) + CODE + 1) << 10 | 1;
    middle[0] = ((RAM_BASE >> PAGE_SHIFT) + CODE + 2) << 10 | 1;
    for (unsigned i = 0; i < PAGES + 2; i++) {
        const uint32_t random = take(stream);
        const unsigned page = random % 8 ? i % PAGES : random >> 8 & (PAGES - 1);
        const unsigned flags = random >> 12 & 7 ? 0xcf : random >> 16 & 0xff;

        leaf[i] = (uint64_t)((RAM_BASE >> PAGE_SHIFT) + page) << 10 | flags |
                  (random >> 24 & 7 ? 0 : 0x10);
    }
}

static void set_up(struct hart *hart, struct stream *stream)
{
    const uint64_t satp = 8ull << 60 | ((RAM_BASE >> PAGE_SHIFT) + CODE);

    hart->mode = MODE_S;
    hart->pc = RAM_BASE;
    for (unsigned i = 1; i < 32; i++)
        hart->x[i] =
            i % 2 ? choose(stream) : take(stream);       /* some are instructions, to be stored */
    hart->x[TO_CODE] = hart->pc + take(stream) % 64 * 4; /* it executes soon */
    hart->x[TO_DATA] = RAM_BASE + (CODE + 3) * PAGE_SIZE + take(stream) % 9 * 512;
    hart->x[COUNT] = 20;
    for (unsigned i = 0; i < 32; i++)
        hart->f[i] = take(stream) % 2 ? FLOAT_BOX | take(stream) : take(stream);
    csr_write(hart, CSR_SSTATUS, take(stream));
    csr_write(hart, CSR_SIE, take(stream));
    csr_write(hart, CSR_STVEC, RAM_BASE + take(stream) % PAGE_SIZE / 4 * 4);
    csr_write(hart, CSR_SSCRATCH, satp);
    hart->stimecmp = take(stream) % 4 ? UINT64_MAX : take(stream) % 500;
    if (take(stream) % 2)
        csr_write(hart, CSR_SATP, satp);
    if (take(stream) % 4 == 0)
        hart->mode = MODE_U;
    mmu_select(hart);
}

static void begin(struct machine *machine, struct stream stream, bool translate)
{
    struct hart *hart = calloc(1, sizeof(*hart));

    machine->memory = (struct memory){gpa(RAM_BASE), RAM_SIZE, calloc(1, RAM_SIZE)};
    machine->vm = (struct soft_vm){
        .memory = &machine->memory, .harts = hart, .hart_count = 1, .running = hart};
    machine->hart = hart;
    hart->vm = &machine->vm;
    machine->vm.code = calloc(PAGES, sizeof(machine->vm.code[0]));
    if (translate && translator_create(&machine->vm))
        abort();
    put_tables(&stream, machine->memory.hva);
    put_code(&stream, machine->memory.hva);
    breakpoints_forget(hart);
    mmu_flush(hart, ASID_ANY);
    set_up(hart, &stream);
}

static void end(struct machine *machine)
{
    mmu_discard_all_code(&machine->vm);
    translator_free(&machine->vm);
    free(machine->vm.code);
    free(machine->hart);
    free(machine->memory.hva);
}

/* As slice.c: what is left of a block runs with the limit that the block had. */
static enum stop run_some(struct hart *hart, uint64_t steps, bool single)
{
    uint64_t limit = hart->in_block ? hart->limit : hart->steps + steps;
    enum stop stop;

    hart->single_step = single;
    hart->limit = single ? hart->steps + 1 : limit;
    stop = hart_execute(hart);
    hart->limit = limit;
    return stop;
}

static uint64_t offset_of(const struct machine *machine, const void *hva)
{
    return hva ? (uint64_t)((const uint8_t *)hva - machine->memory.hva) : UINT64_MAX;
}

/* Ends the fuzzer if the machines differ. */
static void compare(const struct machine *a, const struct machine *b, enum stop stop_a,
                    enum stop stop_b, bool memory_too)
{
    struct hart *x = a->hart, *y = b->hart;

    x->x[DISCARD] = y->x[DISCARD] = 0; /* nothing reads it */
    if (stop_a == stop_b && x->pc == y->pc && x->steps == y->steps &&
        memcmp(x->x, y->x, (size_t)((uint8_t *)&x->limit - (uint8_t *)x->x)) == 0 &&
        x->in_block == y->in_block &&
        memcmp(&x->sstatus, &y->sstatus,
               (size_t)((uint8_t *)&x->reservation - (uint8_t *)&x->sstatus)) == 0 &&
        offset_of(a, x->reservation) == offset_of(b, y->reservation) &&
        (!memory_too || memcmp(a->memory.hva, b->memory.hva, RAM_SIZE) == 0))
        return;
    fprintf(stderr, "the engines differ: stop %d %d, pc %llx %llx, steps %llu %llu\n", stop_a,
            stop_b, (unsigned long long)x->pc, (unsigned long long)y->pc,
            (unsigned long long)x->steps, (unsigned long long)y->steps);
    for (unsigned i = 0; i < 32; i++)
        if (x->x[i] != y->x[i])
            fprintf(stderr, "x%u %llx %llx\n", i, (unsigned long long)x->x[i],
                    (unsigned long long)y->x[i]);
    for (unsigned i = 0; i < RAM_SIZE; i++)
        if (a->memory.hva[i] != b->memory.hva[i]) {
            fprintf(stderr, "RAM at %x\n", i);
            break;
        }
    abort();
}

/* Does after a stop what the VMM does, as far as the guest can see it. */
static bool go_on(struct machine *machine, enum stop stop)
{
    struct hart *hart = machine->hart;

    switch (stop) {
    case STOP_ECALL:
        hart->pc += 4;
        hart->x[10] = hart->steps;
        return true;
    case STOP_WFI:
        machine->vm.time_skipped += 1000;
        return true;
    case STOP_ACCESS: /* a device that gives nothing */
        hart->pc += (hart->access_insn & 3) == 3 ? 4 : 2;
        return true;
    case STOP_NO_HANDLER:
        return false;
    default:
        return true;
    }
}

/* A debugger's breakpoint or watchpoint comes or goes, or the VMM writes to RAM. */
static void interfere(struct machine *machine, uint32_t random)
{
    struct breakpoint breakpoint = {.type = random >> 4 & 1 ? BREAK_HARDWARE : WATCH_WRITE,
                                    .address =
                                        RAM_BASE + (random >> 8) % (CODE * PAGE_SIZE) / 2 * 2,
                                    .length = 4};
    struct vm vm = {.state = &machine->vm};
    struct vcpu vcpu = {.vm = &vm};

    switch (random % 16) {
    case 0:
        soft_insert(&vcpu, &breakpoint);
        break;
    case 1:
        if (machine->vm.breakpoint_count > 0) {
            breakpoint = machine->vm.breakpoints[0];
            soft_remove(&vcpu, &breakpoint);
        }
        break;
    case 2:
        mmu_discard_code(&machine->vm, gpa(RAM_BASE + (random >> 8) % (RAM_SIZE - 8)), 8);
        machine->memory.hva[(random >> 8) % (RAM_SIZE - 8)] ^= (uint8_t)(random >> 24);
        break;
    case 3:
        mmu_flush(machine->hart, ASID_ANY);
        break;
    default:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct stream stream = {data, size, 0, 1};
    struct machine a, b;

    begin(&a, stream, false);
    begin(&b, stream, true);
    for (unsigned i = 0; a.hart->steps < MAX_STEPS && i < MAX_STEPS; i++) {
        const uint32_t random = take(&stream);
        const uint64_t steps = random % 8 ? 1 + random % 500 : random >> 8 & 7;
        enum stop stop_a = run_some(a.hart, steps, random >> 16 & 1 && random >> 17 & 1);
        enum stop stop_b = run_some(b.hart, steps, random >> 16 & 1 && random >> 17 & 1);

        compare(&a, &b, stop_a, stop_b, i % 32 == 0);
        if (!go_on(&a, stop_a) || !go_on(&b, stop_b))
            break;
        if (size && data[0] & 1) {
            interfere(&a, random >> 4);
            interfere(&b, random >> 4);
        }
    }
    compare(&a, &b, STOP_LIMIT, STOP_LIMIT, true);
    end(&a);
    end(&b);
    return 0;
}
