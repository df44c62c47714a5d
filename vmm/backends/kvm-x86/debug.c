/*
 * Breakpoints and steps (api.rst 4.87, KVM_SET_GUEST_DEBUG). A software breakpoint is a `hlt`: that
 * leaves the guest on every KVM without an interrupt controller of its own, where `int3` does not
 * on some. CPL 3 may not execute it: there, and for data, it is the CPU's four debug registers
 * (Intel SDM vol. 3, 17.2), if a trial guest shows that they work.
 */
#include "kvm.h"

#include "paging.h"

#include "core/debug.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define HLT       0xf4
#define RFLAGS_IF (1u << 9)

#define DEBUG_REGISTERS 4
#define DR7_LOCAL(n)    (1ull << (2 * (n)))
#define DR7_TYPE(n)     (16 + 4 * (n)) /* where the type and length of a breakpoint lie */
#define DR7_CODE        0u
#define DR7_WRITE       1u
#define DR7_ACCESS      3u
#define DR6_STEP        (1u << 14)

#define CPL(selector) ((selector)&3)

/* A hlt, and what it has taken the place of. */
struct planted {
    uint64_t gva;
    gpa_t place;
    uint8_t byte;
    bool used;
};

struct debug_register_use {
    bool used;
    struct breakpoint breakpoint;
};

/* Of a VM: struct kvm_vm's debug. */
struct debug {
    struct planted planted[BREAKPOINTS_MAX];
    struct debug_register_use registers[DEBUG_REGISTERS];
    const char *no_code, *no_data; /* why the registers do not do; NULL: they do */
};

static struct debug *debug_of(const struct vm *vm)
{
    return ((struct kvm_vm *)vm->state)->debug;
}

/* ---- Trials: do debug registers stop a guest? ---- */

static int fetch_trial(int vcpu, uint64_t address, uint64_t type)
{
    struct kvm_guest_debug set = {.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP};

    set.arch.debugreg[0] = address;
    set.arch.debugreg[7] = DR7_LOCAL(0) | type << DR7_TYPE(0);
    return ioctl(vcpu, KVM_SET_GUEST_DEBUG, &set);
}

#define TRIAL_CODE 0x1000 /* where probe.c puts the instruction */
#define TRIAL_DATA 0x1800

static int set_code_breakpoint(int vcpu)
{
    return fetch_trial(vcpu, TRIAL_CODE + 1, DR7_CODE);
}

static int set_data_breakpoint(int vcpu)
{
    return fetch_trial(vcpu, TRIAL_DATA, DR7_WRITE);
}

int kvm_create_debug(struct vm *vm)
{
    /* nop, then hlt; and mov %al, (%rdi), then hlt */
    const struct instruction code = {.bytes = {0x90, HLT}, .prepare = set_code_breakpoint};
    const struct instruction data = {.bytes = {0x88, 0x07, HLT},
                                     .registers = {.rdi = TRIAL_DATA},
                                     .prepare = set_data_breakpoint};
    const struct kvm_trial code_trial = kvm_trial_of(&code), data_trial = kvm_trial_of(&data);
    struct debug *debug = calloc(1, sizeof(*debug));

    if (!debug)
        return fail(STATUS_HOST, "out of memory");
    ((struct kvm_vm *)vm->state)->debug = debug;
    if (kvm_try_all(&code_trial) != KVM_EXIT_DEBUG)
        debug->no_code = "this KVM's debug registers stop no guest at its code";
    if (kvm_try_all(&data_trial) != KVM_EXIT_DEBUG)
        debug->no_data = "this KVM's debug registers stop no guest at its data";
    return 0;
}

/* ---- Breakpoints ---- */

static const char *plant(struct vcpu *vcpu, uint64_t gva)
{
    struct debug *debug = debug_of(vcpu->vm);
    struct planted *unused = NULL;
    struct translation place;
    struct paging paging;
    uint8_t *byte;

    kvm_paging(vcpu, &paging);
    if (!paging_translate(&vcpu->vm->memory, &paging, gva, &place))
        return "no memory is mapped there now";
    for (unsigned i = 0; i < BREAKPOINTS_MAX && !unused; i++)
        if (!debug->planted[i].used)
            unused = &debug->planted[i];
    byte = memory_at(&vcpu->vm->memory, place.gpa, 1);
    if (!unused || !byte)
        return "there are too many breakpoints";
    *unused = (struct planted){.gva = gva, .place = place.gpa, .byte = *byte, .used = true};
    *byte = HLT;
    return NULL;
}

static void unplant(const struct vm *vm, uint64_t gva)
{
    struct debug *debug = debug_of(vm);

    for (unsigned i = 0; i < BREAKPOINTS_MAX; i++) {
        struct planted *planted = &debug->planted[i];
        uint8_t *byte = memory_at(&vm->memory, planted->place, 1);

        if (!planted->used || planted->gva != gva)
            continue;
        planted->used = false;
        if (byte && *byte == HLT) /* else the guest has written there */
            *byte = planted->byte;
        return;
    }
}

/* Whether code at an address is CPL 3's, which cannot hlt. */
static bool is_of_user(struct vcpu *vcpu, uint64_t gva)
{
    struct translation place;
    struct paging paging;

    kvm_paging(vcpu, &paging);
    return paging_translate(&vcpu->vm->memory, &paging, gva, &place) && place.user;
}

static const char *use_register(struct debug *debug, const struct breakpoint *breakpoint)
{
    bool data = breakpoint->type >= WATCH_WRITE;
    uint64_t length = breakpoint->length;

    if (data ? debug->no_data : debug->no_code)
        return data ? debug->no_data : debug->no_code;
    if (data && (length > 8 || (length & (length - 1)) || breakpoint->address % length))
        return "a debug register watches 1, 2, 4 or 8 bytes that are aligned";
    for (unsigned i = 0; i < DEBUG_REGISTERS; i++)
        if (!debug->registers[i].used) {
            debug->registers[i] = (struct debug_register_use){true, *breakpoint};
            return NULL;
        }
    return "all four debug registers are in use";
}

static const char *insert(struct vcpu *vcpu, const struct breakpoint *breakpoint)
{
    switch (breakpoint->type) {
    case BREAK_SOFTWARE:
        if (!is_of_user(vcpu, breakpoint->address))
            return plant(vcpu, breakpoint->address);
        return use_register(debug_of(vcpu->vm), breakpoint);
    case WATCH_READ: /* x86 has none that a write does not stop at */
        return NO_SUCH_BREAKPOINT;
    default:
        return use_register(debug_of(vcpu->vm), breakpoint);
    }
}

static void remove_breakpoint(struct vcpu *vcpu, const struct breakpoint *breakpoint)
{
    struct debug *debug = debug_of(vcpu->vm);

    for (unsigned i = 0; i < DEBUG_REGISTERS; i++) {
        struct debug_register_use *use = &debug->registers[i];

        if (use->used && use->breakpoint.type == breakpoint->type &&
            use->breakpoint.address == breakpoint->address) {
            use->used = false;
            return;
        }
    }
    if (breakpoint->type == BREAK_SOFTWARE)
        unplant(vcpu->vm, breakpoint->address);
}

/* Where the guest's own bytes are to be seen instead of ours. */
static void hide(const struct vm *vm, gpa_t start, uint8_t *bytes, size_t size)
{
    const struct debug *debug = debug_of(vm);

    for (unsigned i = 0; i < BREAKPOINTS_MAX; i++) {
        const struct planted *planted = &debug->planted[i];

        if (planted->used && planted->place.value - start.value < size)
            bytes[planted->place.value - start.value] = planted->byte;
    }
}

/* What was written over a hlt is what it stands for now. */
static void written(const struct vm *vm, gpa_t start, size_t size)
{
    struct debug *debug = debug_of(vm);

    for (unsigned i = 0; i < BREAKPOINTS_MAX; i++) {
        struct planted *planted = &debug->planted[i];
        uint8_t *byte = memory_at(&vm->memory, planted->place, 1);

        if (!planted->used || planted->place.value - start.value >= size || !byte)
            continue;
        planted->byte = *byte;
        *byte = HLT;
    }
}

bool kvm_is_planted(const struct vcpu *vcpu)
{
    const struct debug *debug = debug_of(vcpu->vm);
    struct kvm_run *run = kvm_vcpu(vcpu)->run;
    uint64_t gva = run->s.regs.regs.rip - 1;

    for (unsigned i = 0; i < BREAKPOINTS_MAX; i++)
        if (debug->planted[i].used && debug->planted[i].gva == gva) {
            run->s.regs.regs.rip = gva;
            run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
            return true;
        }
    return false;
}

/* ---- Entry and exit ---- */

static void set_pc(struct vcpu *vcpu, uint64_t pc)
{
    struct kvm_run *run = kvm_vcpu(vcpu)->run;

    run->s.regs.regs.rip = pc;
    run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
}

void kvm_set_debug(struct vcpu *vcpu)
{
    const struct debug *debug = debug_of(vcpu->vm);
    struct kvm_vcpu *kvm = kvm_vcpu(vcpu);
    struct kvm_guest_debug set = {0};

    if (vcpu->orders.step)
        set.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP;
    for (unsigned i = 0; i < DEBUG_REGISTERS; i++) {
        static const uint64_t lengths[] = {[1] = 0, [2] = 1, [4] = 3, [8] = 2};
        const struct breakpoint *breakpoint = &debug->registers[i].breakpoint;
        uint64_t type = breakpoint->type < WATCH_WRITE    ? DR7_CODE
                        : breakpoint->type == WATCH_WRITE ? DR7_WRITE
                                                          : DR7_ACCESS;

        if (!debug->registers[i].used)
            continue;
        if (breakpoint->type >= WATCH_WRITE)
            type |= lengths[breakpoint->length] << 2;
        set.control |= KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP;
        set.arch.debugreg[i] = breakpoint->address;
        set.arch.debugreg[7] |= DR7_LOCAL(i) | type << DR7_TYPE(i);
    }
    if (!vcpu->orders.step && memcmp(&set, &kvm->debug, sizeof(set)) == 0)
        return;
    kvm->debug = set;
    /* KVM steps from where rip is now, and forgets it if rip is set afterwards. */
    if (kvm->run->kvm_dirty_regs) {
        ioctl(kvm->fd, KVM_SET_REGS, &kvm->run->s.regs.regs);
        kvm->run->kvm_dirty_regs = 0;
    }
    ioctl(kvm->fd, KVM_SET_GUEST_DEBUG, &set);
}

/* A hlt is not stepped by KVM: that would leave a halt behind for later, on some (kvm_pvm). */
bool kvm_step_halt(struct vcpu *vcpu)
{
    struct kvm_run *run = kvm_vcpu(vcpu)->run;
    struct translation place;
    struct kvm_sregs sregs;
    struct paging paging;
    const uint8_t *byte;
    uint8_t code;

    kvm_paging(vcpu, &paging);
    if (!vcpu->orders.step || ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_SREGS, &sregs) < 0 ||
        CPL(sregs.cs.selector) != 0 ||
        !paging_translate(&vcpu->vm->memory, &paging, sregs.cs.base + run->s.regs.regs.rip, &place))
        return false;
    byte = memory_at(&vcpu->vm->memory, place.gpa, 1);
    if (!byte)
        return false;
    code = *byte;
    hide(vcpu->vm, place.gpa, &code, 1);
    if (code != HLT)
        return false;
    set_pc(vcpu, run->s.regs.regs.rip + 1);
    vcpu->exit.kind = EXIT_HALT;
    vcpu->exit.wakes = (run->s.regs.regs.rflags & RFLAGS_IF) ? WAKE_TIMER | WAKE_IPI : 0;
    return true;
}

void kvm_decode_debug(struct vcpu *vcpu)
{
    const struct debug *debug = debug_of(vcpu->vm);
    const struct kvm_debug_exit_arch *arch = &kvm_vcpu(vcpu)->run->debug.arch;

    vcpu->exit.kind = EXIT_KICK;
    vcpu->stop = (struct stop_point){.why = STOPPED_BY_STEP};
    for (unsigned i = 0; i < DEBUG_REGISTERS; i++) {
        const struct breakpoint *breakpoint = &debug->registers[i].breakpoint;

        if (!(arch->dr6 >> i & 1) || !debug->registers[i].used)
            continue;
        vcpu->stop.why = breakpoint->type >= WATCH_WRITE ? STOPPED_BY_WATCH : STOPPED_BY_BREAK;
        vcpu->stop.type = breakpoint->type;
        vcpu->stop.address = breakpoint->address;
        return;
    }
}

static const char *why_no_step(struct vcpu *vcpu)
{
    const struct debug *debug = debug_of(vcpu->vm);
    struct kvm_sregs sregs;

    /* A KVM whose data breakpoints do not work emulates CPL 0, and hands #DB of CPL 3 to the
     * guest, kvm_pvm for one. */
    if (!debug->no_data || debug->no_code || ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_SREGS, &sregs) < 0 ||
        CPL(sregs.cs.selector) != 3)
        return NULL;
    return "this KVM cannot step a guest's code at CPL 3: use a breakpoint in its kernel, or soft";
}

static void complete(struct vcpu *vcpu)
{
    kvm_apply_result(vcpu);
    kvm_finish_instruction(vcpu);
    vcpu->exit.kind = EXIT_KICK;
}

/* By the offset that the guest's TSC has to the host's (Documentation/virt/kvm/devices/vcpu.rst,
 * KVM_VCPU_TSC_OFFSET, Linux 5.16). Where there is none, time goes on. */
static void set_time(struct vcpu *vcpu, uint64_t time)
{
    uint64_t offset = 0;
    struct kvm_device_attr attr = {
        .group = KVM_VCPU_TSC_CTRL,
        .attr = KVM_VCPU_TSC_OFFSET,
        .addr = (uintptr_t)&offset,
    };

    if (ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_DEVICE_ATTR, &attr) < 0)
        return;
    offset -= vcpu->vm->backend->time(vcpu) - time;
    ioctl(kvm_vcpu(vcpu)->fd, KVM_SET_DEVICE_ATTR, &attr);
}

const struct debug_ops kvm_debug = {
    .create = kvm_create_debug,
    .target = kvm_target,
    .get_registers = kvm_get_registers,
    .set_registers = kvm_set_registers,
    .set_pc = set_pc,
    .core_registers = kvm_core_registers,
    .insert = insert,
    .remove = remove_breakpoint,
    .why_no_step = why_no_step,
    .complete = complete,
    .set_time = set_time,
    .hide = hide,
    .written = written,
};
