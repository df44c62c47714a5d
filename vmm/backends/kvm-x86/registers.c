/* SPDX-License-Identifier: MIT */
/*
 * A vCPU's registers: one table says how gdb calls each (gdb manual, "i386 Features") and where KVM
 * has it. Core files and the dump of a dead guest are here, too.
 */
#include "x86.h"

#include "image/image.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

/* What KVM tells of a vCPU. */
struct x86_state {
    struct kvm_regs regs; /* first: x86_show_registers has these alone */
    struct kvm_sregs sregs;
    struct kvm_fpu fpu;
    /* cppcheck-suppress unusedStructMember */
    uint32_t zero; /* for registers that newer CPUs lack */
};

/* Where struct x86_state has a register, whose size may differ from gdb's. */
struct x86_field {
    uint16_t offset;
    uint8_t size; /* bytes */
};

/* The tables. R(name, gdb's type, gdb's size in bytes, field of struct x86_state) */

#define GENERAL_64(R)                                                                              \
    R("rax", "int64", 8, regs.rax)                                                                 \
    R("rbx", "int64", 8, regs.rbx)                                                                 \
    R("rcx", "int64", 8, regs.rcx)                                                                 \
    R("rdx", "int64", 8, regs.rdx)                                                                 \
    R("rsi", "int64", 8, regs.rsi)                                                                 \
    R("rdi", "int64", 8, regs.rdi)                                                                 \
    R("rbp", "data_ptr", 8, regs.rbp)                                                              \
    R("rsp", "data_ptr", 8, regs.rsp)                                                              \
    R("r8", "int64", 8, regs.r8)                                                                   \
    R("r9", "int64", 8, regs.r9)                                                                   \
    R("r10", "int64", 8, regs.r10)                                                                 \
    R("r11", "int64", 8, regs.r11)                                                                 \
    R("r12", "int64", 8, regs.r12)                                                                 \
    R("r13", "int64", 8, regs.r13)                                                                 \
    R("r14", "int64", 8, regs.r14)                                                                 \
    R("r15", "int64", 8, regs.r15)                                                                 \
    R("rip", "code_ptr", 8, regs.rip)

#define GENERAL_32(R)                                                                              \
    R("eax", "int32", 4, regs.rax)                                                                 \
    R("ecx", "int32", 4, regs.rcx)                                                                 \
    R("edx", "int32", 4, regs.rdx)                                                                 \
    R("ebx", "int32", 4, regs.rbx)                                                                 \
    R("esp", "data_ptr", 4, regs.rsp)                                                              \
    R("ebp", "data_ptr", 4, regs.rbp)                                                              \
    R("esi", "int32", 4, regs.rsi)                                                                 \
    R("edi", "int32", 4, regs.rdi)                                                                 \
    R("eip", "code_ptr", 4, regs.rip)

/* The registers that follow the general ones in gdb's feature. */
#define CORE(R)                                                                                    \
    R("eflags", "eflags", 4, regs.rflags)                                                          \
    R("cs", "int32", 4, sregs.cs.selector)                                                         \
    R("ss", "int32", 4, sregs.ss.selector)                                                         \
    R("ds", "int32", 4, sregs.ds.selector)                                                         \
    R("es", "int32", 4, sregs.es.selector)                                                         \
    R("fs", "int32", 4, sregs.fs.selector)                                                         \
    R("gs", "int32", 4, sregs.gs.selector)                                                         \
    R("st0", "i387_ext", 10, fpu.fpr[0])                                                           \
    R("st1", "i387_ext", 10, fpu.fpr[1])                                                           \
    R("st2", "i387_ext", 10, fpu.fpr[2])                                                           \
    R("st3", "i387_ext", 10, fpu.fpr[3])                                                           \
    R("st4", "i387_ext", 10, fpu.fpr[4])                                                           \
    R("st5", "i387_ext", 10, fpu.fpr[5])                                                           \
    R("st6", "i387_ext", 10, fpu.fpr[6])                                                           \
    R("st7", "i387_ext", 10, fpu.fpr[7])                                                           \
    R("fctrl", "int", 4, fpu.fcw)                                                                  \
    R("fstat", "int", 4, fpu.fsw)                                                                  \
    R("ftag", "int", 4, fpu.ftwx)                                                                  \
    R("fiseg", "int", 4, zero)                                                                     \
    R("fioff", "int", 4, fpu.last_ip)                                                              \
    R("foseg", "int", 4, zero)                                                                     \
    R("fooff", "int", 4, fpu.last_dp)                                                              \
    R("fop", "int", 4, fpu.last_opcode)

#define SSE(R)                                                                                     \
    R("xmm0", "vec128", 16, fpu.xmm[0])                                                            \
    R("xmm1", "vec128", 16, fpu.xmm[1])                                                            \
    R("xmm2", "vec128", 16, fpu.xmm[2])                                                            \
    R("xmm3", "vec128", 16, fpu.xmm[3])                                                            \
    R("xmm4", "vec128", 16, fpu.xmm[4])                                                            \
    R("xmm5", "vec128", 16, fpu.xmm[5])                                                            \
    R("xmm6", "vec128", 16, fpu.xmm[6])                                                            \
    R("xmm7", "vec128", 16, fpu.xmm[7])                                                            \
    R("xmm8", "vec128", 16, fpu.xmm[8])                                                            \
    R("xmm9", "vec128", 16, fpu.xmm[9])                                                            \
    R("xmm10", "vec128", 16, fpu.xmm[10])                                                          \
    R("xmm11", "vec128", 16, fpu.xmm[11])                                                          \
    R("xmm12", "vec128", 16, fpu.xmm[12])                                                          \
    R("xmm13", "vec128", 16, fpu.xmm[13])                                                          \
    R("xmm14", "vec128", 16, fpu.xmm[14])                                                          \
    R("xmm15", "vec128", 16, fpu.xmm[15])                                                          \
    R("mxcsr", "int", 4, fpu.mxcsr)

#define BASES(R)                                                                                   \
    R("fs_base", "int", 8, sregs.fs.base)                                                          \
    R("gs_base", "int", 8, sregs.gs.base)

#define CONTROL(R)                                                                                 \
    R("cr0", "cr0", 8, sregs.cr0)                                                                  \
    R("cr2", "int64", 8, sregs.cr2)                                                                \
    R("cr3", "int64", 8, sregs.cr3)                                                                \
    R("cr4", "cr4", 8, sregs.cr4)                                                                  \
    R("cr8", "int64", 8, sregs.cr8)                                                                \
    R("efer", "efer", 8, sregs.efer)                                                               \
    R("gdt_base", "int64", 8, sregs.gdt.base)                                                      \
    R("gdt_limit", "int32", 4, sregs.gdt.limit)                                                    \
    R("idt_base", "int64", 8, sregs.idt.base)                                                      \
    R("idt_limit", "int32", 4, sregs.idt.limit)

#define FOR_GDB(name, type, size, field) {name, type, size},
#define FOR_KVM(name, type, size, field) {offsetof(struct x86_state, field), FIELD_SIZE(field)},
#define FIELD_SIZE(field)                sizeof(((struct x86_state *)0)->field)

static const struct debug_register core_64[] = {GENERAL_64(FOR_GDB) CORE(FOR_GDB)};
static const struct debug_register core_32[] = {GENERAL_32(FOR_GDB) CORE(FOR_GDB)};
static const struct debug_register sse[] = {SSE(FOR_GDB)};
static const struct debug_register bases[] = {BASES(FOR_GDB)};
static const struct debug_register control[] = {CONTROL(FOR_GDB)};

/* In the order of the sets below. */
static const struct x86_field fields_64[] = {GENERAL_64(FOR_KVM) CORE(FOR_KVM) SSE(FOR_KVM)
                                                 BASES(FOR_KVM) CONTROL(FOR_KVM)};
static const struct x86_field fields_32[] = {GENERAL_32(FOR_KVM) CORE(FOR_KVM) CONTROL(FOR_KVM)};

/* ---- gdb's target description ---- */

#define REGISTERS(table)         table, sizeof(table) / sizeof((table)[0])
#define FIELD(name, first, last) "<field name=\"" name "\" start=\"" first "\" end=\"" last "\"/>"
#define BIT(name, number)        FIELD(name, number, number)

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

static const struct register_set core_set_64 = {"org.gnu.gdb.i386.core", core_types,
                                                REGISTERS(core_64)};
static const struct register_set core_set_32 = {"org.gnu.gdb.i386.core", core_types,
                                                REGISTERS(core_32)};
static const struct register_set sse_set = {"org.gnu.gdb.i386.sse", sse_types, REGISTERS(sse)};
static const struct register_set base_set = {"org.gnu.gdb.i386.segments", "", REGISTERS(bases)};
static const struct register_set control_set = {"org.labvisor.x86.control", control_types,
                                                REGISTERS(control)};

static const struct register_set *const sets_64[] = {&core_set_64, &sse_set, &base_set,
                                                     &control_set, NULL};
static const struct register_set *const sets_32[] = {&core_set_32, &control_set, NULL};

/* System V ABI for AMD64, table 3.36, and for i386, table 2.14: the general registers. */
static int dwarf_64(unsigned index)
{
    static const int numbers[] = {0, 3, 2, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

    return index < sizeof(numbers) / sizeof(numbers[0]) ? numbers[index] : -1;
}

static int dwarf_32(unsigned index)
{
    return index <= 8 ? (int)index : -1; /* as GENERAL_32 */
}

#define TARGET_32(arch)                                                                            \
    {                                                                                              \
        arch, "i386-unknown-unknown-elf", "eip", "esp", "ebp", NULL, sets_32, dwarf_32             \
    }

const struct target *x86_target(const struct vm *vm)
{
    static const struct target of_64 = {
        .architecture = "i386:x86-64",
        .triple = "x86_64-unknown-unknown-elf",
        .pc = "rip",
        .sp = "rsp",
        .fp = "rbp",
        .sets = sets_64,
        .dwarf = dwarf_64,
    };
    static const struct target of_32 = TARGET_32("i386");
    static const struct target of_16 = TARGET_32("i8086");

    switch (vm->image->type) {
    case IMAGE_FLAT:
        return &of_16;
    case IMAGE_I386:
        return &of_32;
    default:
        return &of_64;
    }
}

/* ---- Transfers ---- */

/* Copies a register between KVM's field and gdb's bytes. The longer one is filled with zeros. */
static void move(uint8_t *field, size_t field_size, uint8_t *bytes, size_t size, bool store)
{
    size_t common = field_size < size ? field_size : size;

    memset(store ? field : bytes, 0, store ? field_size : size);
    memcpy(store ? field : bytes, store ? bytes : field, common);
}

/* Copies all registers, in the order of x86_target's sets; store: from bytes to state. */
static void move_all(const struct vm *vm, struct x86_state *state, uint8_t *bytes, bool store)
{
    const bool is_64bit = vm->image->type == IMAGE_X86_64;
    const struct register_set *const *sets = is_64bit ? sets_64 : sets_32;
    const struct x86_field *field = is_64bit ? fields_64 : fields_32;

    for (; *sets; sets++)
        for (size_t i = 0; i < (*sets)->count; i++, field++) {
            size_t size = (*sets)->registers[i].size;

            move((uint8_t *)state + field->offset, field->size, bytes, size, store);
            bytes += size;
        }
}

static bool fetch_state(const struct vcpu *vcpu, struct x86_state *state)
{
    const struct kvm_vcpu *kvm = kvm_vcpu(vcpu);

    memset(state, 0, sizeof(*state));
    state->regs = kvm->run->s.regs.regs;
    return ioctl(kvm->fd, KVM_GET_SREGS, &state->sregs) == 0 &&
           ioctl(kvm->fd, KVM_GET_FPU, &state->fpu) == 0;
}

bool x86_get_registers(struct vcpu *vcpu, uint8_t *bytes)
{
    struct x86_state state;

    if (!fetch_state(vcpu, &state))
        return false;
    move_all(vcpu->vm, &state, bytes, false);
    return true;
}

/* Sets only what has changed, because KVM_SET_SREGS flushes the TLB. */
bool x86_set_registers(struct vcpu *vcpu, const uint8_t *bytes)
{
    const struct kvm_vcpu *kvm = kvm_vcpu(vcpu);
    struct x86_state state, old;

    if (!fetch_state(vcpu, &state))
        return false;
    old = state;
    move_all(vcpu->vm, &state, (uint8_t *)bytes, true);
    kvm->run->s.regs.regs = state.regs;
    kvm->run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
    if (memcmp(&state.sregs, &old.sregs, sizeof(old.sregs)) != 0 &&
        ioctl(kvm->fd, KVM_SET_SREGS, &state.sregs) < 0)
        return false;
    return memcmp(&state.fpu, &old.fpu, sizeof(old.fpu)) == 0 ||
           ioctl(kvm->fd, KVM_SET_FPU, &state.fpu) == 0;
}

/* As struct user_regs_struct of an x86-64 Linux. */
size_t x86_core_registers(struct vcpu *vcpu, uint8_t *bytes)
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

void x86_show_registers(struct vcpu *vcpu, FILE *out)
{
    const struct kvm_regs *r = &kvm_vcpu(vcpu)->run->s.regs.regs;
    struct kvm_sregs s;

    for (size_t i = 0; i < 16; i++) {
        const uint64_t *value = (const uint64_t *)((const char *)r + fields_64[i].offset);

        fprintf(out, "%s%-3s %016" PRIx64 "%s", i % 4 ? "  " : "    ", core_64[i].name, *value,
                i % 4 == 3 ? "\n" : "");
    }
    fprintf(out, "    rip %016llx  rflags %08llx", r->rip, r->rflags);
    if (ioctl(kvm_vcpu(vcpu)->fd, KVM_GET_SREGS, &s) == 0) {
        fprintf(out, "  cr2 %016llx  cr3 %08llx\n", s.cr2, s.cr3);
        fprintf(out, "    cs %04x  ss %04x  ds %04x  es %04x  idt %llx+%x  gdt %llx+%x\n",
                s.cs.selector, s.ss.selector, s.ds.selector, s.es.selector, s.idt.base, s.idt.limit,
                s.gdt.base, s.gdt.limit);
        fprintf(out, "    cr0 %08llx  cr4 %08llx  efer %04llx", s.cr0, s.cr4, s.efer);
    }
    fprintf(out, "\n");
}
