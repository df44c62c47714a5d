/*
 * Breakpoints and steps. KVM knows software breakpoints alone (api.rst 4.87): an `ebreak` in the
 * guest's memory leaves the guest. A step is made of them: one wherever the next instruction can
 * lead.
 */
#include "kvm.h"

#include "core/debug.h"
#include "isa/riscv/next.h"
#include "isa/riscv/paging.h"
#include "isa/riscv/target.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define C_EBREAK      0x9002 /* two bytes: never longer than what it takes the place of */
#define EBREAK_SIZE   2
#define WFI           0x10500073u
#define CSR_SIE       0x104u
#define ATOMIC_LENGTH 64 /* bytes from lr to sc, and more: unprivileged spec, 8.3 */

struct planted {
    uint64_t gva;
    gpa_t place;
    uint16_t code;
    bool used;
};

/* struct kvm_vm's debug */
struct debug {
    struct planted planted[BREAKPOINTS_MAX];
    struct planted steps[VCPU_MAX][NEXT_MAX + 1]; /* of each vCPU */
    uint64_t sie[VCPU_MAX];                       /* while interrupts wait */
    bool waits[VCPU_MAX];
};

static struct debug *debug_of(const struct vcpu *vcpu)
{
    return ((struct kvm_vm *)vcpu->vm->state)->debug;
}

static int create(struct vm *vm)
{
    struct kvm_guest_debug set = {.control = KVM_GUESTDBG_ENABLE};
    struct debug *debug = calloc(1, sizeof(*debug));

    if (!debug)
        return fail(STATUS_HOST, "out of memory");
    ((struct kvm_vm *)vm->state)->debug = debug;
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        if (ioctl(kvm_vcpu(&vm->vcpus[i])->fd, KVM_SET_GUEST_DEBUG, &set) < 0)
            return fail(STATUS_BACKEND,
                        "--gdb: this kernel's KVM has no KVM_SET_GUEST_DEBUG: Linux 6.11 has it");
    return 0;
}

static const struct target *target(const struct vm *vm)
{
    (void)vm;
    return &riscv_target;
}

/* ---- Registers ---- */

#define REG_F(n)   KVM_REG(KVM_REG_RISCV_FP_D, n)
#define REG_FCSR   (KVM_REG_RISCV | KVM_REG_SIZE_U32 | KVM_REG_RISCV_FP_D | 32)
#define FCSR_FLAGS 0x1fu
#define FCSR_SHIFT 5

static bool transfer(struct vcpu *vcpu, struct riscv_debug_registers *r, bool store)
{
    int (*const move)(const struct vcpu *, uint64_t, uint64_t *) = store ? kvm_store : kvm_get;
    uint64_t values[] = {r->sstatus, r->sie,    r->sip,   r->stvec, r->sscratch,
                         r->sepc,    r->scause, r->stval, r->satp,  r->priv};
    const uint64_t names[] = {REG_CSR(sstatus),  REG_CSR(sie),  REG_CSR(sip),    REG_CSR(stvec),
                              REG_CSR(sscratch), REG_CSR(sepc), REG_CSR(scause), REG_CSR(stval),
                              REG_CSR(satp),     REG_MODE};
    uint64_t value;
    int failed = 0;

    for (unsigned i = 1; i < 32; i++) {
        value = r->x[i];
        failed |= move(vcpu, REG_X(i), &value);
        r->x[i] = value;
    }
    value = r->pc;
    failed |= move(vcpu, REG_PC, &value);
    r->pc = value;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        failed |= move(vcpu, names[i], &values[i]);
    r->sstatus = values[0], r->sie = values[1], r->sip = values[2], r->stvec = values[3];
    r->sscratch = values[4], r->sepc = values[5], r->scause = values[6], r->stval = values[7];
    r->satp = values[8], r->priv = (uint8_t)values[9];
    for (unsigned i = 0; i < 32; i++) { /* not on every CPU: no failure */
        value = r->f[i];
        move(vcpu, REG_F(i), &value);
        r->f[i] = value;
    }
    return failed == 0;
}

static bool get_registers(struct vcpu *vcpu, uint8_t *bytes)
{
    const struct debug *debug = debug_of(vcpu);
    struct riscv_debug_registers r = {0};
    uint32_t fcsr = 0;
    struct kvm_one_reg one = {.id = REG_FCSR, .addr = (uintptr_t)&fcsr};
    bool done = transfer(vcpu, &r, false);

    ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_ONE_REG, &one);
    r.fcsr = fcsr;
    r.fflags = fcsr & FCSR_FLAGS;
    r.frm = fcsr >> FCSR_SHIFT;
    if (debug->waits[vcpu->id])
        r.sie = debug->sie[vcpu->id];
    memcpy(bytes, &r, sizeof(r));
    return done;
}

static bool set_registers(struct vcpu *vcpu, const uint8_t *bytes)
{
    struct riscv_debug_registers r;
    uint32_t fcsr;
    struct kvm_one_reg one = {.id = REG_FCSR, .addr = (uintptr_t)&fcsr};

    memcpy(&r, bytes, sizeof(r));
    fcsr = r.fcsr;
    ioctl(kvm_vcpu(vcpu)->fd, KVM_SET_ONE_REG, &one);
    return transfer(vcpu, &r, true);
}

static size_t core_registers(struct vcpu *vcpu, uint8_t *bytes)
{
    return riscv_core_registers(get_registers, vcpu, bytes);
}

static void set_pc(struct vcpu *vcpu, uint64_t pc)
{
    kvm_set(vcpu, REG_PC, pc);
}

/* ---- ebreak ---- */

/* The CPU's instruction caches are told: by the kernel, for all of them. */
static void store_code(uint8_t *place, uint16_t code)
{
    memcpy(place, &code, sizeof(code));
    __builtin___clear_cache((char *)place, (char *)place + sizeof(code));
}

static const char *plant(struct vcpu *vcpu, struct planted *planted, uint64_t gva)
{
    struct translation place;
    struct paging paging;
    uint8_t *code = NULL;

    kvm_paging(vcpu, &paging);
    if (paging_translate(&vcpu->vm->memory, &paging, gva, &place) && place.size >= EBREAK_SIZE)
        code = memory_at(&vcpu->vm->memory, place.gpa, EBREAK_SIZE);
    if (!code)
        return "no memory is mapped there now";
    *planted = (struct planted){.gva = gva, .place = place.gpa, .used = true};
    memcpy(&planted->code, code, sizeof(planted->code));
    store_code(code, C_EBREAK);
    return NULL;
}

static void unplant(const struct vm *vm, struct planted *planted)
{
    uint8_t *code = memory_at(&vm->memory, planted->place, EBREAK_SIZE);
    uint16_t now;

    if (!planted->used || !code)
        return;
    planted->used = false;
    memcpy(&now, code, sizeof(now));
    if (now == C_EBREAK) /* else the guest has written there */
        store_code(code, planted->code);
}

static const char *insert(struct vcpu *vcpu, const struct breakpoint *breakpoint)
{
    struct debug *debug = debug_of(vcpu);

    if (breakpoint->type != BREAK_SOFTWARE)
        return NO_SUCH_BREAKPOINT;
    for (unsigned i = 0; i < BREAKPOINTS_MAX; i++)
        if (!debug->planted[i].used)
            return plant(vcpu, &debug->planted[i], breakpoint->address);
    return "there are too many breakpoints";
}

static void remove_breakpoint(struct vcpu *vcpu, const struct breakpoint *breakpoint)
{
    struct debug *debug = debug_of(vcpu);

    for (unsigned i = 0; i < BREAKPOINTS_MAX; i++)
        if (debug->planted[i].used && debug->planted[i].gva == breakpoint->address) {
            unplant(vcpu->vm, &debug->planted[i]);
            return;
        }
}

static void hide(const struct vm *vm, gpa_t start, uint8_t *bytes, size_t size)
{
    const struct debug *debug = ((const struct kvm_vm *)vm->state)->debug;

    for (unsigned i = 0; i < BREAKPOINTS_MAX; i++)
        for (unsigned j = 0; j < EBREAK_SIZE && debug->planted[i].used; j++) {
            uint64_t at = debug->planted[i].place.value + j - start.value;

            if (at < size)
                bytes[at] = (uint8_t)(debug->planted[i].code >> 8 * j);
        }
}

/* What was written over an ebreak is what it stands for now. */
static void written(const struct vm *vm, gpa_t start, size_t size)
{
    struct debug *debug = ((const struct kvm_vm *)vm->state)->debug;

    for (unsigned i = 0; i < BREAKPOINTS_MAX; i++) {
        struct planted *planted = &debug->planted[i];
        uint8_t *code = memory_at(&vm->memory, planted->place, EBREAK_SIZE);

        if (!planted->used || !code)
            continue;
        for (unsigned j = 0; j < EBREAK_SIZE; j++)
            if (planted->place.value + j - start.value < size)
                ((uint8_t *)&planted->code)[j] = code[j];
        store_code(code, C_EBREAK);
    }
    if (memory_at(&vm->memory, start, size))
        __builtin___clear_cache((char *)memory_at(&vm->memory, start, size),
                                (char *)memory_at(&vm->memory, start, size) + size);
}

/* ---- Steps ---- */

/* The instruction at an address, as the guest has it. Returns 0 if it is not there. */
static uint32_t fetch(struct vcpu *vcpu, uint64_t gva)
{
    uint8_t bytes[4] = {0};
    uint32_t bits = 0;
    struct translation place;
    struct paging paging;

    kvm_paging(vcpu, &paging);
    for (unsigned i = 0; i < sizeof(bytes); i += EBREAK_SIZE) {
        const void *code = NULL;

        if (paging_translate(&vcpu->vm->memory, &paging, gva + i, &place))
            code = memory_at(&vcpu->vm->memory, place.gpa, EBREAK_SIZE);
        if (!code)
            break;
        memcpy(bytes + i, code, EBREAK_SIZE);
        hide(vcpu->vm, place.gpa, bytes + i, EBREAK_SIZE);
    }
    memcpy(&bits, bytes, sizeof(bits));
    return bits;
}

/* Behind the sc that belongs to the lr at pc; or pc, if there is none near. */
static uint64_t behind_store(struct vcpu *vcpu, uint64_t pc)
{
    for (uint64_t at = pc; at < pc + ATOMIC_LENGTH;) {
        uint32_t bits = fetch(vcpu, at);

        at += riscv_length(bits);
        if (riscv_is_conditional_store(bits))
            return at;
    }
    return pc;
}

/* Where the vCPU can be after a step. A trap leads to its handler. */
static unsigned next_places(struct vcpu *vcpu, uint32_t bits, uint64_t *next)
{
    uint64_t x[32] = {0}, pc = 0, sepc = 0, stvec = 0;
    unsigned count;

    for (unsigned i = 1; i < 32; i++)
        kvm_get(vcpu, REG_X(i), &x[i]);
    kvm_get(vcpu, REG_PC, &pc);
    kvm_get(vcpu, REG_CSR(sepc), &sepc);
    kvm_get(vcpu, REG_CSR(stvec), &stvec);
    if (riscv_is_reserving(bits) && behind_store(vcpu, pc) != pc) {
        next[0] = behind_store(vcpu, pc);
        count = 1;
    } else {
        count = riscv_next(bits, pc, x, sepc, next);
    }
    next[count++] = stvec & ~UINT64_C(3);
    return count;
}

/* An interrupt waits if sie is 0; but the instruction may be about sie, or wait for one. */
static void hold_interrupts(struct vcpu *vcpu, uint32_t bits)
{
    struct debug *debug = debug_of(vcpu);
    bool about_sie = (bits & 0x7f) == 0x73 && bits >> 20 == CSR_SIE;

    if (!vcpu->orders.hold_interrupts || bits == WFI || about_sie)
        return;
    debug->waits[vcpu->id] = kvm_get(vcpu, REG_CSR(sie), &debug->sie[vcpu->id]) == 0 &&
                             kvm_set(vcpu, REG_CSR(sie), 0) == 0;
}

void kvm_begin_step(struct vcpu *vcpu)
{
    struct debug *debug = debug_of(vcpu);
    uint64_t next[NEXT_MAX + 1], pc = 0;
    unsigned count;
    uint32_t bits;

    if (!debug || !vcpu->orders.step)
        return;
    kvm_get(vcpu, REG_PC, &pc);
    bits = fetch(vcpu, pc);
    count = next_places(vcpu, bits, next);
    for (unsigned i = 0; i < count; i++)
        plant(vcpu, &debug->steps[vcpu->id][i], next[i]);
    hold_interrupts(vcpu, bits);
}

void kvm_end_step(struct vcpu *vcpu)
{
    struct debug *debug = debug_of(vcpu);

    if (!debug)
        return;
    for (unsigned i = NEXT_MAX + 1; i-- > 0;) /* two may be at one place: the first has the code */
        unplant(vcpu->vm, &debug->steps[vcpu->id][i]);
    if (debug->waits[vcpu->id])
        kvm_set(vcpu, REG_CSR(sie), debug->sie[vcpu->id]);
    debug->waits[vcpu->id] = false;
}

void kvm_decode_debug(struct vcpu *vcpu)
{
    const struct debug *debug = debug_of(vcpu);
    uint64_t pc = 0;

    kvm_get(vcpu, REG_PC, &pc);
    vcpu->exit.kind = EXIT_KICK;
    vcpu->stop = (struct stop_point){.why = STOPPED_BY_BREAK, .address = pc};
    for (unsigned i = 0; i < NEXT_MAX + 1; i++)
        if (debug->steps[vcpu->id][i].used && debug->steps[vcpu->id][i].gva == pc)
            vcpu->stop.why = STOPPED_BY_STEP;
}

static const char *why_no_step(struct vcpu *vcpu)
{
    (void)vcpu;
    return NULL;
}

static void complete(struct vcpu *vcpu)
{
    kvm_apply_result(vcpu);
    kvm_finish_instruction(vcpu);
    vcpu->exit.kind = EXIT_KICK;
}

static void set_time(struct vcpu *vcpu, uint64_t time)
{
    kvm_set(vcpu, REG_TIMER(time), time);
}

const struct debug_ops kvm_debug = {
    .create = create,
    .target = target,
    .get_registers = get_registers,
    .set_registers = set_registers,
    .set_pc = set_pc,
    .core_registers = core_registers,
    .insert = insert,
    .remove = remove_breakpoint,
    .why_no_step = why_no_step,
    .complete = complete,
    .set_time = set_time,
    .hide = hide,
    .written = written,
};
