/*
 * The software back end: a RISC-V machine that needs nothing of its host. Its clock is a
 * function of the instructions executed, so that two runs are the same to the byte.
 */
#include "hart.h"

#include "../platform.h"
#include "../vm.h"
#include "fdt.h"
#include "riscv64/machine.h"
#include "show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MIB (UINT64_C(1) << 20)

#define TIMEBASE       10000000 /* Hz: as QEMU's virt machine has it */
#define STEPS_PER_TICK 10       /* so the hart makes 100 million steps a second of its own time */
#define SLICE          100000   /* steps between looks at the host */

/* vcpu->state */
struct soft {
    struct hart hart;
    volatile uint8_t kick;
};

static struct soft *soft_of(const struct vcpu *vcpu)
{
    return vcpu->state;
}

uint64_t hart_time(const struct hart *hart)
{
    return hart->steps / STEPS_PER_TICK + hart->time_skipped;
}

static const char *soft_probe(char *text, size_t size)
{
    snprintf(text, size, "RISC-V guests, interpreted: needs nothing of this machine");
    return NULL;
}

static int soft_create(struct vm *vm)
{
    struct vcpu *vcpu = &vm->vcpus[0];
    struct soft *soft = calloc(1, sizeof(*soft));

    if (!soft)
        return fail(STATUS_HOST, "out of memory");
    vcpu->state = soft;
    vcpu->timer.deadline = UINT64_MAX;
    soft->hart.memory = &vm->memory;
    soft->hart.mode = MODE_S;
    soft->hart.code = calloc(vm->memory.size >> PAGE_SHIFT, sizeof(soft->hart.code[0]));
    if (!soft->hart.code)
        return fail(STATUS_HOST, "out of memory");
    mmu_flush(&soft->hart);
    host_set_kick_flag(&soft->kick);
    return 0;
}

static void soft_destroy(struct vm *vm)
{
    struct soft *soft = soft_of(&vm->vcpus[0]);

    host_set_kick_flag(NULL);
    if (!soft)
        return;
    if (soft->hart.code)
        mmu_forget_code(&soft->hart);
    free(soft->hart.code);
    free(soft);
    vm->vcpus[0].state = NULL;
}

/* The guest's arguments in one line, for /chosen/bootargs; LAB.get_args has them apart. */
static void join_args(const struct vm *vm, char *line)
{
    size_t first = strlen(vm->args) + 1; /* not the image's path */

    memcpy(line, vm->args + first, vm->args_size - first);
    for (size_t i = 0; i + 1 < vm->args_size - first; i++)
        if (line[i] == '\0')
            line[i] = ' ';
    line[vm->args_size - first] = '\0';
}

/* abi/README.md, "The RISC-V machine": the device tree lies at the start of RAM. */
static int soft_boot(struct vm *vm, const struct image *image)
{
    struct hart *hart = &soft_of(&vm->vcpus[0])->hart;
    gpa_t tree = vm->memory.base, end = gpa(tree.value + vm->memory.size);
    char bootargs[LAB_ARGS_MAX + 1];
    struct machine machine = {
        .ram_base = vm->memory.base.value,
        .ram_size = vm->memory.size,
        .harts = vm->vcpu_count,
        .timebase = TIMEBASE,
        .isa = "rv64imac_zicsr_zifencei_sstc",
        .bootargs = bootargs,
    };
    int status = image_load(image, &vm->memory, gpa(tree.value + FDT_MAX_SIZE), end);

    if (status)
        return status;
    join_args(vm, bootargs);
    if (fdt_write(memory_at(&vm->memory, tree, FDT_MAX_SIZE), &machine) == 0)
        return fail(STATUS_USAGE, "the guest's arguments do not fit into its device tree");
    hart->pc = image->entry;
    hart->x[10] = vm->vcpus[0].id;
    hart->x[11] = tree.value;
    vm->stack_guard = end.value - LAB_STACK_SIZE - PAGE_SIZE; /* where our runtime has it */
    return 0;
}

/* SBI 2.0, chapter 3: error in a0, value in a1. */
static void apply_result(struct hart *hart, const struct hypercall *hypercall)
{
    hart->pc += 4; /* behind the ecall */
    hart->x[10] = (uint64_t)hypercall->ret.error;
    if (!hypercall->legacy)
        hart->x[11] = (uint64_t)hypercall->ret.value;
}

static void decode_hypercall(struct vm_exit *exit, const uint64_t *x)
{
    exit->kind = EXIT_HYPERCALL;
    exit->hypercall.eid = x[17];
    exit->hypercall.fid = x[16];
    for (unsigned i = 0; i < HYPERCALL_ARGS; i++)
        exit->hypercall.args[i] = x[10 + i];
}

static void decode_access(struct vm_exit *exit, const struct hart *hart)
{
    exit->kind = EXIT_MMIO;
    exit->access = (struct access){
        .address = hart->access_gpa,
        .value = hart->access_value,
        .count = 1,
        .size = hart->access_size,
        .write = hart->access_write,
    };
}

/* Executes until the next look at the host, or until the timer is due. */
static enum stop run_slice(struct hart *hart)
{
    uint64_t left = hart->stimecmp - hart->time_skipped; /* ticks, if the timer is ahead */

    hart->limit = hart->steps + SLICE;
    if (hart->stimecmp > hart_time(hart) && left < hart->limit / STEPS_PER_TICK)
        hart->limit = left * STEPS_PER_TICK;
    return hart_execute(hart);
}

static void soft_run(struct vcpu *vcpu)
{
    struct soft *soft = soft_of(vcpu);
    struct hart *hart = &soft->hart;
    enum stop stop = STOP_LIMIT;

    if (vcpu->exit.kind == EXIT_HYPERCALL)
        apply_result(hart, &vcpu->exit.hypercall);
    /* SBI's timer and stimecmp are one and the same, as on hardware with Sstc. */
    hart->stimecmp = vcpu->timer.deadline;
    while (stop == STOP_LIMIT && !soft->kick)
        stop = run_slice(hart);
    vcpu->timer.deadline = hart->stimecmp;
    vcpu->timer.fired = vcpu->timer.line = hart_time(hart) >= hart->stimecmp;
    vcpu->timer.armed = !vcpu->timer.fired && hart->stimecmp != UINT64_MAX;

    switch (stop) {
    case STOP_ECALL:
        decode_hypercall(&vcpu->exit, hart->x);
        return;
    case STOP_WFI:
        vcpu->exit.kind = EXIT_HALT;
        vcpu->exit.interruptible = hart->sie != 0;
        return;
    case STOP_ACCESS:
        decode_access(&vcpu->exit, hart);
        return;
    case STOP_LIMIT:
        soft->kick = 0;
        vcpu->exit.kind = EXIT_KICK;
        return;
    }
}

static uint64_t soft_time(struct vcpu *vcpu)
{
    return hart_time(&soft_of(vcpu)->hart);
}

static uint64_t soft_frequency(struct vcpu *vcpu)
{
    (void)vcpu;
    return TIMEBASE;
}

static void soft_skip_time(struct vcpu *vcpu, uint64_t until)
{
    struct hart *hart = &soft_of(vcpu)->hart;
    uint64_t now = hart_time(hart);

    if (until > now)
        hart->time_skipped += until - now;
}

static uint64_t soft_pc(const struct vcpu *vcpu)
{
    return soft_of(vcpu)->hart.pc;
}

static void soft_show_registers(struct vcpu *vcpu, FILE *out)
{
    hart_show_registers(&soft_of(vcpu)->hart, out);
}

static void soft_show_walk(struct vcpu *vcpu, uint64_t gva, FILE *out)
{
    hart_show_walk(&soft_of(vcpu)->hart, gva, out);
}

const struct backend soft_backend = {
    .name = "soft",
    .image_type = IMAGE_RISCV64,
    .max_vcpus = 1,
    .ram_base = {LAB_RAM_BASE},
    .ram_min = 4 * MIB,
    .ram_max = 3072 * MIB,
    .probe = soft_probe,
    .vm_create = soft_create,
    .vm_destroy = soft_destroy,
    .boot = soft_boot,
    .run = soft_run,
    .time = soft_time,
    .frequency = soft_frequency,
    .skip_time = soft_skip_time,
    .pc = soft_pc,
    .frame_next = -16,
    .frame_return = -8,
    .show_registers = soft_show_registers,
    .show_walk = soft_show_walk,
    .trap_name = hart_trap_name,
};
