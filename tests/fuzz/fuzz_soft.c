/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer: any bytes as a RISC-V guest, code and page tables and all. RAM is exactly
 * one malloc block, so that ASan sees an access outside it.
 */
#include "backends/soft/hart.h"

#include <stdlib.h>
#include <string.h>

#define RAM_BASE  0x80000000
#define RAM_SIZE  0x10000
#define MAX_STEPS 20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

uint64_t hart_time(const struct hart *hart)
{
    return hart->steps + hart->vm->time_skipped;
}

/* Sets registers and CSRs from the input; the writes keep WARL fields valid. */
static void set_up(struct hart *hart, const uint8_t *data, size_t size)
{
    static const unsigned csrs[] = {0x100, 0x104, 0x105, 0x106, 0x140, 0x141, 0x144, 0x180};
    uint64_t value = 0;

    hart->mode = MODE_S;
    hart->pc = RAM_BASE;
    for (unsigned i = 1; i < 32; i++)
        hart->x[i] = i % 2 ? RAM_BASE + (size > i ? data[i] * 256u : 0) : i * 0x0101010101010101u;
    for (size_t i = 0; i < sizeof(csrs) / sizeof(csrs[0]) && 8 * (i + 1) <= size; i++) {
        memcpy(&value, data + 8 * i, 8);
        if (csrs[i] == 0x180 && value & 1) /* Sv39, with tables in RAM */
            value = 8ull << 60 | ((RAM_BASE >> PAGE_SHIFT) + value / 2 % (RAM_SIZE / PAGE_SIZE));
        csr_write(hart, csrs[i], value);
    }
}

/* As slice.c: what is left of a block runs with the limit that the block had. */
static enum stop run_some(struct hart *hart)
{
    uint64_t limit = hart->in_block ? hart->limit : hart->steps + 1000;
    enum stop stop;

    hart->single_step = hart->steps / 1000 % 2;
    hart->limit = hart->single_step ? hart->steps + 1 : limit;
    stop = hart_execute(hart);
    hart->limit = limit;
    return stop;
}

static void run(struct hart *hart)
{
    while (hart->steps < MAX_STEPS) {
        switch (run_some(hart)) {
        case STOP_ECALL:
            hart->pc += 4;
            hart->x[10] = hart->steps;
            break;
        case STOP_WFI:
            hart->vm->time_skipped += 1000;
            break;
        case STOP_LIMIT:
        case STOP_REQUESTED:
        case STOP_BREAKPOINT:
        case STOP_WATCHPOINT:
            break;
        case STOP_NO_HANDLER:
            return;
        case STOP_ACCESS:
            if (memory_at(hart->vm->memory, gpa(hart->access_gpa), hart->access_size))
                abort(); /* there is RAM */
            return;
        }
        if (hart->x[0] != 0)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory memory = {gpa(RAM_BASE), RAM_SIZE, calloc(1, RAM_SIZE)};
    struct hart *hart = calloc(1, sizeof(*hart));
    struct soft_vm vm = {.memory = &memory, .harts = hart, .hart_count = 1, .running = hart};

    memcpy(memory.hva, data, size < RAM_SIZE ? size : RAM_SIZE);
    hart->vm = &vm;
    hart->stimecmp = UINT64_MAX;
    vm.code = calloc(RAM_SIZE >> PAGE_SHIFT, sizeof(vm.code[0]));
    mmu_flush(hart, ASID_ANY);
    set_up(hart, data, size);
    run(hart);
    mmu_discard_all_code(&vm);
    free(vm.code);
    free(hart);
    free(memory.hva);
    return 0;
}
