/* SPDX-License-Identifier: MIT */
/*
 * The software back end: a RISC-V machine that needs nothing of its host. Its clock counts
 * instructions and its harts take turns in one thread, so two runs are the same to the byte.
 */
#include "hart.h"

#include "core/hypercall.h"
#include "core/platform.h"
#include "core/vm.h"
#include "image/linux.h"
#include "isa/riscv/advice.h"
#include "isa/riscv/device_tree.h"
#include "isa/riscv/paging.h"
#include "isa/riscv/show.h"
#include "riscv64/machine.h"
#include "translate/translate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MIB      (UINT64_C(1) << 20)
#define NS_PER_S UINT64_C(1000000000)

#define TIMEBASE 10000000 /* Hz, as on QEMU's virt machine */

static const char *const engines[] = {"translator", "interpreter", NULL};

static struct hart *hart_of(const struct vcpu *vcpu)
{
    return vcpu->state;
}

static uint64_t time_at(const struct soft_vm *soft, uint64_t steps)
{
    if (soft->real_time)
        return (host_now() - soft->start_ns) / (NS_PER_S / TIMEBASE);
    return steps / SOFT_STEPS_PER_TICK + soft->time_skipped;
}

uint64_t hart_time(const struct hart *hart)
{
    return time_at(hart->vm, hart->vm->steps_of_others + hart->steps);
}

void soft_set_time(struct soft_vm *vm, uint64_t time)
{
    vm->start_ns = host_now() - time * (NS_PER_S / TIMEBASE);
}

static const char *soft_probe(char *text, size_t size)
{
    snprintf(text, size, "RISC-V guests, in software: needs nothing of this machine");
    return NULL;
}

/* By its default the translator where there is one. */
static int choose_engine(struct vm *vm, struct soft_vm *soft)
{
    const char *why;

    if (vm->engine && strcmp(vm->engine, engines[1]) == 0)
        return 0;
    why = translator_create(soft);
    if (!why || !vm->engine)
        return 0;
    return fail(STATUS_BACKEND, "--engine: no %s here: %s", vm->engine, why);
}

static int soft_create(struct vm *vm)
{
    struct soft_vm *soft = calloc(1, sizeof(*soft));

    if (!soft)
        return fail(STATUS_HOST, "out of memory");
    vm->state = soft;
    soft->memory = &vm->memory;
    soft->real_time = !vm->virtual_time;
    soft->start_ns = host_now();
    soft->code = calloc(vm->memory.size >> PAGE_SHIFT, sizeof(soft->code[0]));
    soft->harts = calloc(vm->vcpu_count, sizeof(soft->harts[0]));
    if (!soft->code || !soft->harts)
        return fail(STATUS_HOST, "out of memory");
    soft->hart_count = vm->vcpu_count;
    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        struct hart *hart = &soft->harts[i];

        vm->vcpus[i].state = hart;
        hart->vm = soft;
        hart->mode = MODE_S;
        breakpoints_forget(hart);
        mmu_flush(hart, ASID_ANY);
    }
    soft->running = soft->harts;
    return choose_engine(vm, soft);
}

static void soft_destroy(struct vm *vm)
{
    struct soft_vm *soft = vm->state;

    if (!soft)
        return;
    if (soft->code)
        mmu_discard_all_code(soft);
    translator_free(soft);
    history_free(soft);
    free(soft->code);
    free(soft->harts);
    free(soft);
    vm->state = NULL;
}

/* Sets the state in which SBI enters a hart (SBI 2.0, 9.1, table 2). Its counters continue. */
static void soft_start(struct vcpu *vcpu, uint64_t address, uint64_t opaque)
{
    struct hart *hart = hart_of(vcpu);

    vcpu->exit.kind = EXIT_KICK; /* no result to apply */
    vcpu->timer = (struct timer){.deadline = UINT64_MAX};
    hart->pc = address;
    hart->mode = MODE_S;
    hart->sstatus = hart->sie = hart->sip = hart->satp = 0;
    hart->scounteren = 7; /* U-mode may read cycle, time and instret, as OpenSBI and KVM have it */
    hart->x[10] = vcpu->id;
    hart->x[11] = opaque;
    mmu_flush(hart, ASID_ANY);
}

static int soft_boot(struct vm *vm, const struct image *image)
{
    gpa_t tree = vm->memory.base, end = gpa(tree.value + vm->memory.size);
    int status = image_load(image, &vm->memory, riscv_device_tree_end(vm), end);

    if (!status)
        status =
            riscv_write_device_tree(vm, &(struct riscv_tree){
                                            .timebase = TIMEBASE,
                                            .isa = "rv64imafdc_zicsr_zifencei_sstc",
                                            .initrd_start = linux_initrd_start(image, &vm->memory),
                                            .initrd_size = image->initrd ? image->initrd->size : 0,
                                        });
    if (status)
        return status;
    soft_start(&vm->vcpus[0], image->entry, tree.value);
    riscv_describe(vm, &hart_of(&vm->vcpus[0])->x[12]);
    return 0;
}

/* Writes the result, error to a0 and value to a1 (SBI 2.0, chapter 3), and skips the ecall. */
static void apply_result(struct hart *hart, const struct hypercall *hypercall)
{
    // LAB 1: starter
    // /* Here: registers and pc as the guest finds them after the ecall. */
    // (void)hart, (void)hypercall;
    // LAB 1: solution
    hart->pc += 4; /* after the ecall */
    hart->x[10] = (uint64_t)hypercall->ret.error;
    if (!hypercall->legacy)
        hart->x[11] = (uint64_t)hypercall->ret.value;
    // LAB 1: end
}

static void decode_hypercall(struct vm_exit *exit, const uint64_t *x)
{
    exit->kind = EXIT_HYPERCALL;
    exit->hypercall.is_32bit = false;
    // LAB 1: starter
    // /* Here: EID, FID and arguments, from the registers x. */
    // (void)x;
    // exit->kind = EXIT_FAILED;
    // exit->reason = "decode_hypercall does not decode yet";
    // LAB 1: solution
    exit->hypercall.eid = x[17];
    exit->hypercall.fid = x[16];
    for (unsigned i = 0; i < HYPERCALL_ARGS; i++)
        exit->hypercall.args[i] = x[10 + i];
    // LAB 1: end
}

/* scause and sepc are of the first trap, which led to stvec. */
static void decode_no_handler(struct vm_exit *exit, struct hart *hart)
{
    bool has_address;
    const char *name = riscv_trap_name(hart->scause, &has_address);
    const char *advice = riscv_trap_advice(hart->scause, hart->stval);

    snprintf(hart->reason, sizeof(hart->reason),
             "a trap, %s (%" PRIu64 "), and no code where stvec points, at 0x%" PRIx64 "%s%s",
             name ? name : "cause unknown", hart->scause, hart->stvec & ~UINT64_C(3),
             advice ? "; " : "", advice ? advice : "");
    hart->pc = hart->sepc;
    exit->kind = EXIT_SHUTDOWN;
    exit->reason = hart->reason;
}

/* Makes a hart the running one. Cancels its reservation, because another hart may have written
 * there; SC may fail for any reason (unprivileged spec, 8.2). */
static void switch_to(struct soft_vm *soft, struct hart *hart)
{
    if (hart == soft->running)
        return;
    soft->steps_of_others += soft->running->steps - hart->steps;
    soft->running = hart;
    hart->reservation = NULL;
}

static void decode_debug(struct vcpu *vcpu, enum stop stop, uint64_t traps)
{
    struct hart *hart = hart_of(vcpu);

    vcpu->stop = hart->debug;
    if (stop == STOP_REQUESTED)
        vcpu->stop = (struct stop_point){
            .why = STOPPED_BY_STEP,
            .address = hart->sepc,
            .interrupted = hart->traps != traps && hart->scause & INTERRUPT,
        };
}

void soft_complete(struct vcpu *vcpu)
{
    const struct vm_exit *exit = &vcpu->exit;

    if (exit->kind == EXIT_HYPERCALL)
        apply_result(hart_of(vcpu), &exit->hypercall);
    else if (exit->kind == EXIT_MMIO || exit->kind == EXIT_PIO) /* PIO: a lab has ports in memory */
        soft_complete_access(hart_of(vcpu), &exit->access);
    vcpu->exit.kind = EXIT_KICK; /* no more result to apply */
}

static enum ran soft_run(struct vcpu *vcpu)
{
    struct hart *hart = hart_of(vcpu);
    struct timer *timer = &vcpu->timer;
    uint64_t traps = hart->traps;
    bool new_deadline;
    enum stop stop;

    soft_complete(vcpu);
    switch_to(hart->vm, hart);

    /* An IPI sets SSIP, which the guest can also set and clear (privileged spec, 4.1.3). SBI's
     * timer is stimecmp, as on hardware with Sstc. */
    if (vcpu->ipi)
        hart->sip |= 1u << IRQ_SOFTWARE;
    hart->sip &= ~(UINT64_C(1) << IRQ_EXTERNAL);
    hart->sip |= (uint64_t)vcpu->external << IRQ_EXTERNAL;
    hart->stimecmp = timer->deadline;
    stop = soft_run_slice(vcpu);
    vcpu->ipi = hart->sip >> IRQ_SOFTWARE & 1;
    new_deadline = timer->deadline != hart->stimecmp;
    timer->deadline = hart->stimecmp;
    timer->fired = timer->line = hart_time(hart) >= hart->stimecmp;
    timer->armed = !timer->fired && hart->stimecmp != UINT64_MAX;

    switch (stop) {
    case STOP_ECALL:
        decode_hypercall(&vcpu->exit, hart->x);
        return RAN_TO_EXIT;
    case STOP_WFI:
        vcpu->exit.kind = EXIT_HALT;
        vcpu->exit.wakes = (hart->sie >> IRQ_TIMER & 1 ? WAKE_TIMER : 0u) |
                           (hart->sie >> IRQ_SOFTWARE & 1 ? WAKE_IPI : 0u) |
                           (hart->sie >> IRQ_EXTERNAL & 1 ? WAKE_EXTERNAL : 0u);
        return RAN_TO_EXIT;
    case STOP_ACCESS:
        soft_decode_access(vcpu);
        return RAN_TO_EXIT;
    case STOP_NO_HANDLER:
        decode_no_handler(&vcpu->exit, hart);
        return RAN_TO_EXIT;
    case STOP_REQUESTED:
    case STOP_BREAKPOINT:
    case STOP_WATCHPOINT:
        decode_debug(vcpu, stop, traps);
        return RAN_TO_STOP;
    case STOP_LIMIT:
        break;
    }
    if (hart->vm->at_snapshot_point) {
        hart->vm->at_snapshot_point = false;
        return RAN_TO_SNAPSHOT;
    }
    if (!hart->vm->kick && !(hart->vm->real_time && new_deadline))
        return RAN_SLICE;
    hart->vm->kick = 0;
    return RAN_TO_EXIT; /* EXIT_KICK */
}

static volatile uint8_t *soft_kick_flag(struct vcpu *vcpu)
{
    return &hart_of(vcpu)->vm->kick;
}

static uint64_t soft_time(struct vcpu *vcpu)
{
    return hart_time(hart_of(vcpu)->vm->running);
}

static uint64_t soft_frequency(struct vcpu *vcpu)
{
    (void)vcpu;
    return TIMEBASE;
}

static void soft_skip_time(struct vcpu *vcpu, uint64_t until)
{
    uint64_t now = soft_time(vcpu);

    if (until > now)
        hart_of(vcpu)->vm->time_skipped += until - now;
}

static void soft_flush(struct vcpu *vcpu, uint64_t asid)
{
    mmu_flush(hart_of(vcpu), asid);
}

static uint64_t soft_pc(const struct vcpu *vcpu)
{
    return hart_of(vcpu)->pc;
}

static uint64_t soft_frame(const struct vcpu *vcpu, uint64_t *caller)
{
    const struct hart *hart = hart_of(vcpu);

    *caller = hart->x[1];
    return hart->x[8]; /* s0 */
}

static void soft_paging(struct vcpu *vcpu, struct paging *paging)
{
    *paging = riscv_paging(hart_of(vcpu)->satp);
}

const struct backend soft_backend = {
    .name = "soft",
    .image_types = 1u << IMAGE_RISCV64,
    .max_vcpus = LAB_HARTS_MAX,
    .slices = true,
    .external_interrupts = true,
    .transports = riscv_transports,
    .engines = engines,
    .ram_base = {LAB_RAM_BASE},
    .ram_min = 4 * MIB,
    .ram_max = 3072 * MIB,
    .probe = soft_probe,
    .vm_create = soft_create,
    .vm_destroy = soft_destroy,
    .boot = soft_boot,
    .start = soft_start,
    .kick_flag = soft_kick_flag,
    .run = soft_run,
    .time = soft_time,
    .frequency = soft_frequency,
    .skip_time = soft_skip_time,
    .flush = soft_flush,
    .will_write = history_will_write,
    .pc = soft_pc,
    .stack_size = LAB_STACK_SIZE,
    .stack_stride = LAB_STACK_STRIDE,
    .frame_next = -16,
    .frame_return = -8,
    .frame = soft_frame,
    .show_registers = riscv_show_registers,
    .describe_insn = riscv_describe_insn,
    .paging = soft_paging,
    .debug = &soft_debug,
    .snapshots = &soft_snapshots,
    .trap_name = riscv_trap_name,
    .access_advice = riscv_access_advice,
    .trap_advice = riscv_trap_advice,
};
