/*
 * Registers as gdb knows them (gdb manual, "i386 Features"), and where KVM has them. They are
 * packed in the order of the tables: transfer walks through them in both directions.
 */
#include "kvm.h"

#include "control.h"

#include "core/debug.h"
#include "image/image.h"

#include <string.h>
#include <sys/ioctl.h>

#define REGISTERS(table)         table, sizeof(table) / sizeof((table)[0])
#define FIELD(name, first, last) "<field name=\"" name "\" start=\"" first "\" end=\"" last "\"/>"
#define BIT(name, number)        FIELD(name, number, number)

#define X87                                                                                        \
    {"st0", "i387_ext", 10}, {"st1", "i387_ext", 10}, {"st2", "i387_ext", 10},                     \
        {"st3", "i387_ext", 10}, {"st4", "i387_ext", 10}, {"st5", "i387_ext", 10},                 \
        {"st6", "i387_ext", 10}, {"st7", "i387_ext", 10}, {"fctrl", "int", 4},                     \
        {"fstat", "int", 4}, {"ftag", "int", 4}, {"fiseg", "int", 4}, {"fioff", "int", 4},         \
        {"foseg", "int", 4}, {"fooff", "int", 4},                                                  \
    {                                                                                              \
        "fop", "int", 4                                                                            \
    }
#define SEGMENTS                                                                                   \
    {"cs", "int32", 4}, {"ss", "int32", 4}, {"ds", "int32", 4}, {"es", "int32", 4},                \
        {"fs", "int32", 4},                                                                        \
    {                                                                                              \
        "gs", "int32", 4                                                                           \
    }

static const struct debug_register core_of_64[] = {
    {"rax", "int64", 8},
    {"rbx", "int64", 8},
    {"rcx", "int64", 8},
    {"rdx", "int64", 8},
    {"rsi", "int64", 8},
    {"rdi", "int64", 8},
    {"rbp", "data_ptr", 8},
    {"rsp", "data_ptr", 8},
    {"r8", "int64", 8},
    {"r9", "int64", 8},
    {"r10", "int64", 8},
    {"r11", "int64", 8},
    {"r12", "int64", 8},
    {"r13", "int64", 8},
    {"r14", "int64", 8},
    {"r15", "int64", 8},
    {"rip", "code_ptr", 8},
    {"eflags", "eflags", 4},
    SEGMENTS,
    X87,
};

static const struct debug_register core_of_32[] = {
    {"eax", "int32", 4},
    {"ecx", "int32", 4},
    {"edx", "int32", 4},
    {"ebx", "int32", 4},
    {"esp", "data_ptr", 4},
    {"ebp", "data_ptr", 4},
    {"esi", "int32", 4},
    {"edi", "int32", 4},
    {"eip", "code_ptr", 4},
    {"eflags", "eflags", 4},
    SEGMENTS,
    X87,
};

static const struct debug_register sse[] = {
    {"xmm0", "vec128", 16},  {"xmm1", "vec128", 16},  {"xmm2", "vec128", 16},
    {"xmm3", "vec128", 16},  {"xmm4", "vec128", 16},  {"xmm5", "vec128", 16},
    {"xmm6", "vec128", 16},  {"xmm7", "vec128", 16},  {"xmm8", "vec128", 16},
    {"xmm9", "vec128", 16},  {"xmm10", "vec128", 16}, {"xmm11", "vec128", 16},
    {"xmm12", "vec128", 16}, {"xmm13", "vec128", 16}, {"xmm14", "vec128", 16},
    {"xmm15", "vec128", 16}, {"mxcsr", "int", 4},
};

static const struct debug_register bases[] = {{"fs_base", "int", 8}, {"gs_base", "int", 8}};

static const struct debug_register control[] = {
    {"cr0", "cr0", 8},         {"cr2", "int64", 8},       {"cr3", "int64", 8},
    {"cr4", "cr4", 8},         {"cr8", "int64", 8},       {"efer", "efer", 8},
    {"gdt_base", "int64", 8},  {"gdt_limit", "int32", 4}, {"idt_base", "int64", 8},
    {"idt_limit", "int32", 4},
};

static const char core_types[] = "<flags id=\"eflags\" size=\"4\">" BIT("CF", "0") BIT("", "1")
    BIT("PF", "2") BIT("AF", "4") BIT("ZF", "6") BIT("SF", "7") BIT("TF", "8") BIT("IF", "9")
        BIT("DF", "10") BIT("OF", "11") BIT("NT", "14") BIT("RF", "16") BIT("VM", "17")
            BIT("AC", "18") BIT("VIF", "19") BIT("VIP", "20") BIT("ID", "21") "</flags>";

static const char sse_types[] =
    "<vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/>"
    "<vector id=\"v2d\" type=\"ieee_double\" count=\"2\"/>"
    "<vector id=\"v16i8\" type=\"int8\" count=\"16\"/>"
    "<vector id=\"v8i16\" type=\"int16\" count=\"8\"/>"
    "<vector id=\"v4i32\" type=\"int32\" count=\"4\"/>"
    "<vector id=\"v2i64\" type=\"int64\" count=\"2\"/>"
    "<union id=\"vec128\"><field name=\"v4_float\" type=\"v4f\"/>"
    "<field name=\"v2_double\" type=\"v2d\"/><field name=\"v16_int8\" type=\"v16i8\"/>"
    "<field name=\"v8_int16\" type=\"v8i16\"/><field name=\"v4_int32\" type=\"v4i32\"/>"
    "<field name=\"v2_int64\" type=\"v2i64\"/><field name=\"uint128\" type=\"uint128\"/></union>";

/* Intel SDM vol. 3, 2.5 and 2.2.1. */
static const char control_types[] = "<flags id=\"cr0\" size=\"8\">" BIT("PE", "0") BIT("MP", "1")
    BIT("EM", "2") BIT("TS", "3") BIT("ET", "4") BIT("NE", "5") BIT("WP", "16") BIT("AM", "18")
        BIT("NW", "29") BIT("CD", "30") BIT("PG", "31") "</flags><flags id=\"cr4\" size=\"8\">" BIT(
            "VME", "0") BIT("PVI", "1") BIT("TSD", "2") BIT("DE", "3") BIT("PSE", "4")
            BIT("PAE", "5") BIT("MCE", "6") BIT("PGE", "7") BIT("PCE", "8") BIT("OSFXSR", "9")
                BIT("OSXMMEXCPT", "10") BIT("UMIP", "11") BIT("LA57", "12") BIT("FSGSBASE", "16")
                    BIT("PCIDE", "17") BIT("OSXSAVE", "18") BIT("SMEP", "20")
                        BIT("SMAP", "21") "</flags><flags id=\"efer\" size=\"8\">" BIT("SCE", "0")
                            BIT("LME", "8") BIT("LMA", "10") BIT("NXE", "11")
                                BIT("SVME", "12") "</flags>";

static const struct register_set core_set_of_64 = {"org.gnu.gdb.i386.core", core_types,
                                                   REGISTERS(core_of_64)};
static const struct register_set core_set_of_32 = {"org.gnu.gdb.i386.core", core_types,
                                                   REGISTERS(core_of_32)};
static const struct register_set sse_set = {"org.gnu.gdb.i386.sse", sse_types, REGISTERS(sse)};
static const struct register_set base_set = {"org.gnu.gdb.i386.segments", "", REGISTERS(bases)};
static const struct register_set control_set = {"org.labvisor.x86.control", control_types,
                                                REGISTERS(control)};

static const struct register_set *const sets_of_64[] = {&core_set_of_64, &sse_set, &base_set,
                                                        &control_set, NULL};
static const struct register_set *const sets_of_32[] = {&core_set_of_32, &control_set, NULL};

const struct target *kvm_target(const struct vm *vm)
{
    static const struct target of_64 = {"i386:x86-64", sets_of_64};
    static const struct target of_32 = {"i386", sets_of_32};
    static const struct target of_16 = {"i8086", sets_of_32};

    switch (vm->image->type) {
    case IMAGE_FLAT:
        return &of_16;
    case IMAGE_I386:
        return &of_32;
    default:
        return &of_64;
    }
}

/* A copy between KVM's structures and a packet, in one direction or the other. */
struct transfer {
    uint8_t *bytes;
    bool store; /* from the packet */
};

static void move(struct transfer *transfer, void *field, size_t size)
{
    if (transfer->store)
        memcpy(field, transfer->bytes, size);
    else
        memcpy(transfer->bytes, field, size);
    transfer->bytes += size;
}

/* A field that has another width there: 4 bytes. */
#define MOVE_INT(transfer, field)                                                                  \
    do {                                                                                           \
        uint32_t moved_ = (uint32_t)(field);                                                       \
        move(transfer, &moved_, sizeof(moved_));                                                   \
        if ((transfer)->store)                                                                     \
            (field) = (__typeof__(field))moved_;                                                   \
    } while (0)

struct state {
    struct kvm_regs *regs;
    struct kvm_sregs sregs;
    struct kvm_fpu fpu;
};

static void move_general(struct transfer *t, struct kvm_regs *r, bool wide)
{
    __u64 *const of_64[] = {&r->rax, &r->rbx, &r->rcx, &r->rdx, &r->rsi, &r->rdi,
                            &r->rbp, &r->rsp, &r->r8,  &r->r9,  &r->r10, &r->r11,
                            &r->r12, &r->r13, &r->r14, &r->r15, &r->rip};
    __u64 *const of_32[] = {&r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp,
                            &r->rbp, &r->rsi, &r->rdi, &r->rip};

    for (size_t i = 0; wide && i < sizeof(of_64) / sizeof(of_64[0]); i++)
        move(t, of_64[i], sizeof(*of_64[i]));
    for (size_t i = 0; !wide && i < sizeof(of_32) / sizeof(of_32[0]); i++)
        MOVE_INT(t, *of_32[i]);
    MOVE_INT(t, r->rflags);
}

static void move_fpu(struct transfer *t, struct kvm_fpu *fpu)
{
    uint32_t none = 0;

    for (unsigned i = 0; i < 8; i++)
        move(t, fpu->fpr[i], 10);
    MOVE_INT(t, fpu->fcw);
    MOVE_INT(t, fpu->fsw);
    MOVE_INT(t, fpu->ftwx);
    move(t, &none, sizeof(none)); /* fiseg, which is no more */
    MOVE_INT(t, fpu->last_ip);
    move(t, &none, sizeof(none));
    MOVE_INT(t, fpu->last_dp);
    MOVE_INT(t, fpu->last_opcode);
}

static void move_control(struct transfer *t, struct kvm_sregs *s)
{
    move(t, &s->cr0, 8);
    move(t, &s->cr2, 8);
    move(t, &s->cr3, 8);
    move(t, &s->cr4, 8);
    move(t, &s->cr8, 8);
    move(t, &s->efer, 8);
    move(t, &s->gdt.base, 8);
    MOVE_INT(t, s->gdt.limit);
    move(t, &s->idt.base, 8);
    MOVE_INT(t, s->idt.limit);
}

static void move_all(struct transfer *t, struct state *state, bool wide)
{
    struct kvm_sregs *s = &state->sregs;
    struct kvm_segment *const segments[] = {&s->cs, &s->ss, &s->ds, &s->es, &s->fs, &s->gs};

    move_general(t, state->regs, wide);
    for (size_t i = 0; i < sizeof(segments) / sizeof(segments[0]); i++)
        MOVE_INT(t, segments[i]->selector);
    move_fpu(t, &state->fpu);
    if (wide) {
        for (unsigned i = 0; i < 16; i++)
            move(t, state->fpu.xmm[i], 16);
        MOVE_INT(t, state->fpu.mxcsr);
        move(t, &s->fs.base, 8);
        move(t, &s->gs.base, 8);
    }
    move_control(t, s);
}

static bool fetch(const struct vcpu *vcpu, struct state *state)
{
    const struct kvm_vcpu *kvm = kvm_vcpu(vcpu);

    state->regs = &kvm->run->s.regs.regs;
    return ioctl(kvm->fd, KVM_GET_SREGS, &state->sregs) == 0 &&
           ioctl(kvm->fd, KVM_GET_FPU, &state->fpu) == 0;
}

bool kvm_get_registers(struct vcpu *vcpu, uint8_t *bytes)
{
    struct transfer transfer = {bytes, false};
    struct state state;

    if (!fetch(vcpu, &state))
        return false;
    move_all(&transfer, &state, vcpu->vm->image->type == IMAGE_X86_64);
    return true;
}

/* Only what has changed is set: KVM_SET_SREGS, for one, drops translations. */
bool kvm_set_registers(struct vcpu *vcpu, const uint8_t *bytes)
{
    const struct kvm_vcpu *kvm = kvm_vcpu(vcpu);
    struct transfer transfer = {(uint8_t *)bytes, true};
    struct state state, old;

    if (!fetch(vcpu, &state))
        return false;
    old = state;
    move_all(&transfer, &state, vcpu->vm->image->type == IMAGE_X86_64);
    kvm->run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
    if (memcmp(&state.sregs, &old.sregs, sizeof(old.sregs)) != 0 &&
        ioctl(kvm->fd, KVM_SET_SREGS, &state.sregs) < 0)
        return false;
    return memcmp(&state.fpu, &old.fpu, sizeof(old.fpu)) == 0 ||
           ioctl(kvm->fd, KVM_SET_FPU, &state.fpu) == 0;
}

/* struct user_regs_struct of an x86-64 Linux. */
size_t kvm_core_registers(struct vcpu *vcpu, uint8_t *bytes)
{
    const struct kvm_regs *r = &kvm_vcpu(vcpu)->run->s.regs.regs;
    struct kvm_sregs s = {0};

    ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_SREGS, &s);
    const uint64_t registers[] = {
        r->r15,        r->r14,        r->r13,        r->r12,
        r->rbp,        r->rbx,        r->r11,        r->r10,
        r->r9,         r->r8,         r->rax,        r->rcx,
        r->rdx,        r->rsi,        r->rdi,        UINT64_MAX /* no system call */,
        r->rip,        s.cs.selector, r->rflags,     r->rsp,
        s.ss.selector, s.fs.base,     s.gs.base,     s.ds.selector,
        s.es.selector, s.fs.selector, s.gs.selector,
    };

    if (vcpu->vm->image->type != IMAGE_X86_64)
        return 0;
    memcpy(bytes, registers, sizeof(registers));
    return sizeof(registers);
}
